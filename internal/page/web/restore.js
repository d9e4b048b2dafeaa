// Puts the addresses of a program back that were shortened so that it packs better: the
// inverse of what pack/addresses.go does, which says more. Returns the program.
function restore(data) {
  "use strict";
  const out = new Uint8Array(data.length + (data.length >> 2));
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

  // number copies a number as it is.
  function number() {
    do { out[to++] = data[at]; } while (data[at++] > 127);
  }

  function copy(n) {
    for (; n > 0; n--) { out[to++] = data[at++]; }
  }

  function signed() {
    let value = 0, shift = 0, b;
    do {
      b = data[at++];
      value |= (b & 127) << shift;
      shift += 7;
    } while (b > 127);
    return b & 64 ? value | -1 << shift : value;
  }

  // address writes function << 16 | block as a signed number of 64 bits.
  function address(f, block) {
    let value = f * 65536 + block;
    for (;;) {
      const b = value % 128;
      value = Math.floor(value / 128);
      if (value === 0 && b < 64) { out[to++] = b; return; }
      out[to++] = b | 128;
    }
  }

  // sized writes what write gives behind its length.
  function sized(write) {
    const head = to;
    to += 5;
    write();
    let length = to - head - 5, end = head;
    for (; length > 127; length >>>= 7) { out[end++] = length & 127 | 128; }
    out[end++] = length;
    out.copyWithin(end, head + 5, to);
    to -= head + 5 - end;
  }

  function instruction(op) {
    if (op >= 0x02 && op <= 0x04 || op === 0x3f || op === 0x40) { copy(1); }
    else if (op === 0x0c || op === 0x0d || op === 0x10 || op >= 0x20 && op <= 0x24 || op === 0x41 || op === 0x42) { number(); }
    else if (op === 0x11 || op >= 0x28 && op <= 0x3e) { number(); number(); }
    else if (op === 0x0e) {
      const from = at;
      let targets = unsigned() + 1;
      at = from;
      number();
      for (; targets > 0; targets--) { number(); }
    }
    else if (op === 0x43) { copy(4); }
    else if (op === 0x44) { copy(8); }
    else if (op === 0xfc) {
      const kind = data[at];
      number();
      if (kind === 8) { number(); copy(1); } else if (kind === 10) { copy(2); } else if (kind === 11) { copy(1); }
    }
  }

  function body(f) {
    const size = unsigned(), end = at + size;
    let last = 0, from = at, groups = unsigned();
    at = from;
    number();
    for (; groups > 0; groups--) { number(); copy(1); }
    while (at < end) {
      const op = data[at++];
      if (op === 0x27) {
        last += signed();
        out[to++] = 0x42;
        address(f + 0x1000, last);
      } else {
        out[to++] = op;
        instruction(op);
      }
    }
  }

  copy(8);
  while (at < data.length) {
    const id = data[at];
    copy(1);
    if (id !== 10) {
      const from = at, size = unsigned();
      at = from;
      number();
      out.set(data.subarray(at, at + size), to);
      at += size;
      to += size;
      continue;
    }
    unsigned();
    sized(function () {
      const from = at, count = unsigned();
      at = from;
      number();
      for (let f = 0; f < count; f++) { sized(function () { body(f); }); }
    });
  }
  return out.subarray(0, to);
}
