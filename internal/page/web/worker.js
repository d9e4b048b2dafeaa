// What runs beside the page: the program, and what it is asked.
"use strict";
(function () {
  let program;

  // sevenBits reads the text that pack writes: seven bits in each character, xored with the
  // one that stands before each 128. Those that may not stand in a page have 256 added.
  function sevenBits(text, length) {
    const bytes = new Uint8Array(length);
    let held = 0, bits = 0, at = 0, key = 0;
    for (let i = 0, left = 0; at < length; i++) {
      if (left === 0) {
        key = text.charCodeAt(i);
        left = 128;
        continue;
      }
      left--;
      held = held << 7 | (text.charCodeAt(i) ^ key) & 127;
      bits += 7;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = held >> bits;
        held &= (1 << bits) - 1;
      }
    }
    return bytes;
  }

  function post(answer, data) { postMessage({ answer: answer, data: data || null }, data ? [data.buffer] : []); }

  async function begin(message) {
    globalThis.fs = dropped();
    globalThis.path = { resolve: function (path) { return path[0] === "/" ? path : "/" + path; } };
    globalThis.process = Object.assign(globalThis.process || {}, { cwd: function () { return "/"; } });
    let module = message.module;
    if (!module) {
      const all = unlzma(sevenBits(message.text, message.packed), message.size);
      const example = JSON.parse(new TextDecoder().decode(all.subarray(message.program)));
      module = await WebAssembly.compile(restore(all.subarray(0, message.program), message.restored));
      postMessage({ module: module, example: example });
    }
    const go = new Go();
    globalThis.tlsreadyAnswer = function (id, answer, data) { post(Object.assign({ id: id }, JSON.parse(answer)), data); };
    globalThis.tlsreadyProgress = function (done, total) { postMessage({ done: done, total: total }); };
    globalThis.tlsreadyReady = function (ask) {
      program = ask;
      postMessage({ ready: true });
    };
    const instance = await WebAssembly.instantiate(module, go.importObject);
    await go.run(instance);
    throw new Error("the program has ended"); // out of memory, most likely
  }

  onmessage = function (event) {
    const message = event.data;
    if (message.begin) {
      begin(message).catch(function (e) { postMessage({ died: String(e && e.message || e) }); });
      return;
    }
    if (message.files) { globalThis.fs.mount(message.files); }
    program(message.id, JSON.stringify(message.question));
  };
})();
