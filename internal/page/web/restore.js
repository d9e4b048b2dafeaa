// Puts the code of a program back as WebAssembly has it, from the symbols that it is
// written in so that it packs better: the inverse of what pack/compact.go does, which says
// more, as do canonical.go and symbols.go. size is that of the program in bytes.
function restore(data, size) {
  "use strict";
  const out = new Uint8Array(size + 16); // lengths are written behind a gap first
  let at = 0, to = 0;

  function unsigned() {
    let value = 0, shift = 0, b;
    do {
      b = data[at++];
      value |= (b & 127) << shift;
      shift += 7;
    } while (b > 127);
    return value >>> 0;
  }

  function signed() {
    let value = 0, shift = 0, b;
    do {
      b = data[at++];
      value |= (b & 127) << shift;
      shift += 7;
    } while (b > 127);
    return b & 64 && shift < 32 ? value | -1 << shift : value;
  }

  // number copies a number as it is.
  function number() {
    do { out[to++] = data[at]; } while (data[at++] > 127);
  }

  function copy(n) {
    for (; n > 0; n--) { out[to++] = data[at++]; }
  }

  function putUnsigned(value) {
    for (; value > 127; value >>>= 7) { out[to++] = value & 127 | 128; }
    out[to++] = value;
  }

  // putSigned writes a whole number of at most 53 bits.
  function putSigned(value) {
    for (;;) {
      const b = value & 127;
      value = Math.floor(value / 128);
      if (value === 0 && b < 64 || value === -1 && b > 63) { out[to++] = b; return; }
      out[to++] = b | 128;
    }
  }

  // sized writes what write gives behind its length.
  function sized(write) {
    const head = to;
    to += 5;
    write();
    const length = to - head - 5, end = to;
    to = head;
    putUnsigned(length);
    out.copyWithin(to, head + 5, end);
    to += length;
  }

  // How what belongs to an instruction is written, by the number of the instruction; those
  // that are not named have nothing.
  const NUMBER = 1, NUMBERS = 2, BYTE = 3, FLOAT = 4, DOUBLE = 5, MORE = 6, BLOCK = 7, RESULT = 8, END = 9, BRANCH = 10, TABLE = 11, ACCESS = 12, GOTO = 13, SHORT = 14;
  const kinds = new Uint8Array(256).fill(BLOCK, 0x02, 0x05).fill(BRANCH, 0x0c, 0x0e).fill(NUMBER, 0x20, 0x25).fill(ACCESS, 0x28, 0x3f).fill(BYTE, 0x3f, 0x41).fill(NUMBER, 0x41, 0x43);
  for (const [op, kind] of [[0x0b, END], [0x0e, TABLE], [0x10, NUMBER], [0x11, NUMBERS], [0x27, SHORT], [0x43, FLOAT], [0x44, DOUBLE], [0xf8, RESULT], [0xf9, GOTO], [0xfc, MORE]]) { kinds[op] = kind; }
  const alignments = [2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2];
  // Streams: what has none of its own, offsets of loads and stores, numbers of 64 bits, and
  // blocks that are gone to.
  const OFFSETS = 1, NUMBERS64 = 2, GOTOS = 3;
  let depth, last, own; // of the function: blocks around, the last block, its number

  function instruction(op, kind) {
    switch (kind) {
      case NUMBER: out[to++] = op; number(); break;
      case NUMBERS: out[to++] = op; number(); number(); break;
      case BYTE: out[to++] = op; copy(1); break;
      case FLOAT: out[to++] = op; copy(4); break;
      case DOUBLE: out[to++] = op; copy(8); break;
      case BLOCK: depth++; out[to++] = op; out[to++] = 0x40; break;
      case RESULT: depth++; copy(2); break;
      case END: depth--; out[to++] = op; break;
      case BRANCH: out[to++] = op; putUnsigned(depth - unsigned()); break;
      case ACCESS: out[to++] = op; out[to++] = alignments[op - 0x28]; number(); break;
      case GOTO: out[to++] = 0x41; putSigned(last + signed()); break;
      case SHORT:
        last += signed();
        out[to++] = 0x42;
        putSigned((own + 0x1000) * 65536 + last);
        break;
      case TABLE: {
        let targets = unsigned(), place = 0;
        out[to++] = op;
        putUnsigned(targets);
        for (targets++; targets > 0; targets--) {
          place += signed();
          putUnsigned(place);
        }
        break;
      }
      case MORE: {
        const which = data[at];
        out[to++] = op;
        number();
        if (which === 8) { number(); copy(1); } else if (which === 10) { copy(2); } else if (which === 11) { copy(1); }
        break;
      }
    }
  }

  function code() {
    const functions = unsigned(), count = unsigned(), begins = [], ops = [], places = [];
    for (let i = 0; i < count; i++) {
      begins.push(ops.length);
      for (let n = unsigned(); n > 0; n--) {
        ops.push(data[at++]);
        const fixed = data[at++];
        places.push(fixed ? at : 0);
        at += fixed;
      }
    }
    begins.push(ops.length);
    const begin = Int32Array.from(begins), op = Uint8Array.from(ops), place = Int32Array.from(places), streams = new Int32Array(4);
    for (let i = 0; i < 4; i++) {
      const length = unsigned();
      streams[i] = at;
      at += length;
    }
    const end = at;

    function body() {
      depth = 0;
      last = 0;
      at = streams[0];
      let groups = unsigned();
      at = streams[0];
      number();
      for (; groups > 0; groups--) { number(); copy(1); }
      streams[0] = at;
      while (depth >= 0) {
        const symbol = data[streams[0]++];
        for (let i = begin[symbol]; i < begin[symbol + 1]; i++) {
          const o = op[i], kind = kinds[o];
          if (kind === 0) {
            out[to++] = o;
          } else if (place[i]) {
            at = place[i];
            instruction(o, kind);
          } else {
            const stream = kind === ACCESS ? OFFSETS : o === 0x42 ? NUMBERS64 : kind === GOTO ? GOTOS : 0;
            at = streams[stream];
            instruction(o, kind);
            streams[stream] = at;
          }
        }
      }
    }

    putUnsigned(functions);
    for (own = 0; own < functions; own++) { sized(body); }
    at = end;
  }

  copy(8);
  while (at < data.length) {
    const id = data[at];
    copy(1);
    if (id === 10) {
      unsigned();
      sized(code);
      continue;
    }
    const from = at, length = unsigned();
    at = from;
    number();
    out.set(data.subarray(at, at + length), to);
    at += length;
    to += length;
  }
  return out.subarray(0, to);
}
