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

  // What follows the number of an instruction: nothing, so many numbers, so many bytes, or
  // something else.
  const NUMBER = 1, NUMBERS = 2, BYTE = 3, TABLE = 4, MORE = 5, FLOAT = 6, DOUBLE = 7, SHORT = 8, kinds = new Uint8Array(256);
  kinds.fill(BYTE, 0x02, 0x05).fill(BYTE, 0x3f, 0x41).fill(NUMBER, 0x0c, 0x0e).fill(NUMBER, 0x10, 0x11).fill(NUMBER, 0x20, 0x25).fill(NUMBER, 0x41, 0x43);
  kinds.fill(NUMBERS, 0x11, 0x12).fill(NUMBERS, 0x28, 0x3f);
  kinds[0x0e] = TABLE;
  kinds[0x27] = SHORT;
  kinds[0x43] = FLOAT;
  kinds[0x44] = DOUBLE;
  kinds[0xfc] = MORE;

  function seldom(kind, op, f, last) {
    if (kind === SHORT) {
      last += signed();
      out[to++] = 0x42;
      address(f + 0x1000, last);
      return last;
    }
    out[to++] = op;
    if (kind === TABLE) {
      const from = at;
      let targets = unsigned() + 1;
      at = from;
      number();
      for (; targets > 0; targets--) { number(); }
    } else if (kind === FLOAT) { copy(4); }
    else if (kind === DOUBLE) { copy(8); }
    else {
      const which = data[at];
      number();
      if (which === 8) { number(); copy(1); } else if (which === 10) { copy(2); } else if (which === 11) { copy(1); }
    }
    return last;
  }

  function body(f) {
    const size = unsigned(), end = at + size;
    let last = 0, from = at, groups = unsigned();
    at = from;
    number();
    for (; groups > 0; groups--) { number(); copy(1); }
    // The places are kept in variables of this function, which is faster.
    let i = at, o = to, b;
    while (i < end) {
      const op = data[i++], kind = kinds[op];
      if (kind > BYTE) {
        at = i;
        to = o;
        last = seldom(kind, op, f, last);
        i = at;
        o = to;
        continue;
      }
      out[o++] = op;
      if (kind === BYTE) { out[o++] = data[i++]; continue; }
      for (let n = kind; n > 0; n--) {
        do { b = out[o++] = data[i++]; } while (b > 127);
      }
    }
    at = i;
    to = o;
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
