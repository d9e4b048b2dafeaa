// Unpacks a stream in the format of "xz --format=lzma" (LZMA SDK, DOC/lzma-specification.txt).
// Of all packings that fit into a page as source it makes the smallest file; browsers bring
// only gzip themselves, with which the page would be half as large again.
function unlzma(data, size) {
  "use strict";
  const out = new Uint8Array(size);
  const lc = data[0] % 9, lp = (data[0] / 9 | 0) % 5, pb = data[0] / 45 | 0;
  const literalMask = (1 << lp) - 1, posMask = (1 << pb) - 1;
  // Of the range coder: range, code, and where the next byte is. In an array, so that they
  // stay whole numbers.
  const coder = new Int32Array(3), fresh = (n) => new Uint16Array(n).fill(1024);
  coder[0] = -1;
  coder[1] = data[14] << 24 | data[15] << 16 | data[16] << 8 | data[17];
  coder[2] = 18;

  function bit(probs, i) {
    const p = probs[i], range = coder[0], bound = Math.imul(range >>> 11, p);
    let one = 0, rest;
    if ((coder[1] ^ -2147483648) < (bound ^ -2147483648)) {
      rest = bound;
      probs[i] = p + (2048 - p >>> 5);
    } else {
      rest = range - bound | 0;
      coder[1] = coder[1] - bound;
      probs[i] = p - (p >>> 5);
      one = 1;
    }
    if ((rest & -16777216) === 0) {
      rest <<= 8;
      coder[1] = coder[1] << 8 | data[coder[2]];
      coder[2]++;
    }
    coder[0] = rest;
    return one;
  }

  function direct(count) {
    let value = 0;
    for (; count > 0; count--) {
      let range = coder[0] >>> 1, one = 0;
      if ((coder[1] ^ -2147483648) >= (range ^ -2147483648)) {
        coder[1] = coder[1] - range;
        one = 1;
      }
      if ((range & -16777216) === 0) {
        range <<= 8;
        coder[1] = coder[1] << 8 | data[coder[2]];
        coder[2]++;
      }
      coder[0] = range;
      value = value << 1 | one;
    }
    return value;
  }

  function tree(probs, base, bits) {
    let m = 1;
    for (let i = 0; i < bits; i++) { m = m << 1 | bit(probs, base + m); }
    return m - (1 << bits);
  }

  function reverse(probs, base, bits) {
    let m = 1, value = 0;
    for (let i = 0; i < bits; i++) {
      const one = bit(probs, base + m);
      m = m << 1 | one;
      value |= one << i;
    }
    return value;
  }

  const lengths = () => ({ choice: fresh(2), low: fresh(16 << 3), mid: fresh(16 << 3), high: fresh(256) });
  function length(l, state) {
    if (!bit(l.choice, 0)) { return 2 + tree(l.low, state << 3, 3); }
    if (!bit(l.choice, 1)) { return 10 + tree(l.mid, state << 3, 3); }
    return 18 + tree(l.high, 0, 8);
  }

  const literals = fresh(0x300 << lc + lp), isMatch = fresh(12 << 4), isRep = fresh(12), isRep0 = fresh(12), isRep1 = fresh(12), isRep2 = fresh(12),
    isLong0 = fresh(12 << 4), slots = fresh(4 << 6), special = fresh(128), align = fresh(16), matchLength = lengths(), repLength = lengths();
  let state = 0, rep0 = 0, rep1 = 0, rep2 = 0, rep3 = 0, at = 0;

  function literal() {
    const before = at > 0 ? out[at - 1] : 0, base = 0x300 * (((at & literalMask) << lc) + (before >> 8 - lc));
    let m = 1;
    if (state >= 7) {
      let known = out[at - rep0 - 1];
      do {
        const want = known >> 7 & 1, one = bit(literals, base + (1 + want << 8) + m);
        known <<= 1;
        m = m << 1 | one;
        if (want !== one) { break; }
      } while (m < 256);
    }
    while (m < 256) { m = m << 1 | bit(literals, base + m); }
    out[at++] = m;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  function distance(len) {
    const slot = tree(slots, Math.min(len - 2, 3) << 6, 6);
    if (slot < 4) { return slot; }
    const bits = (slot >> 1) - 1, far = (2 | slot & 1) << bits;
    if (slot < 14) { return far + reverse(special, far - slot, bits); }
    return far + (direct(bits - 4) << 4) + reverse(align, 0, 4);
  }

  while (at < size) {
    const place = at & posMask;
    if (!bit(isMatch, (state << 4) + place)) {
      literal();
      continue;
    }
    let len = 0;
    if (!bit(isRep, state)) {
      len = length(matchLength, place);
      rep3 = rep2;
      rep2 = rep1;
      rep1 = rep0;
      rep0 = distance(len);
      state = state < 7 ? 7 : 10;
    } else {
      if (!bit(isRep0, state)) {
        if (!bit(isLong0, (state << 4) + place)) {
          state = state < 7 ? 9 : 11;
          out[at] = out[at - rep0 - 1];
          at++;
          continue;
        }
      } else {
        let far = rep1;
        if (bit(isRep1, state)) {
          far = rep2;
          if (bit(isRep2, state)) {
            far = rep3;
            rep3 = rep2;
          }
          rep2 = rep1;
        }
        rep1 = rep0;
        rep0 = far;
      }
      len = length(repLength, place);
      state = state < 7 ? 8 : 11;
    }
    if (rep0 >= at || at + len > size) { throw new Error("the page is damaged"); }
    if (len <= rep0 && len > 32) { // below, the call takes longer than what it does
      out.copyWithin(at, at - rep0 - 1, at - rep0 - 1 + len);
      at += len;
    } else {
      for (let from = at - rep0 - 1; len > 0; len--) { out[at++] = out[from++]; }
    }
  }
  return out;
}
