'use strict';

// A QR code encoder (ISO/IEC 18004): byte mode, versions 1 to 40, error correction L or M.
{
  // Error correction bytes per block and number of blocks, by version from 1.
  const LEVELS = {
    L: {
      format: 1,
      perBlock: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
      blocks: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
    },
    M: {
      format: 0,
      perBlock: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28],
      blocks: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
    },
  };

  // ---- arithmetic in GF(256), polynomial 0x11d ---------------------------------------------

  const EXP = new Uint8Array(510);
  const LOG = new Uint8Array(256);
  for (let i = 0, value = 1; i < 255; i += 1) {
    EXP[i] = value;
    EXP[i + 255] = value;
    LOG[value] = i;
    value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
  }
  const multiply = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

  /** Coefficients of the generator polynomial, the leading 1 left out. */
  function generator(degree) {
    const result = new Uint8Array(degree);
    result[degree - 1] = 1;
    for (let i = 0; i < degree; i += 1) {
      for (let j = 0; j < degree; j += 1) {
        result[j] = multiply(result[j], EXP[i]) ^ (j + 1 < degree ? result[j + 1] : 0);
      }
    }
    return result;
  }

  function remainder(data, divisor) {
    const result = new Uint8Array(divisor.length);
    for (const byte of data) {
      const factor = byte ^ result[0];
      result.copyWithin(0, 1);
      result[result.length - 1] = 0;
      for (let i = 0; i < divisor.length; i += 1) result[i] ^= multiply(divisor[i], factor);
    }
    return result;
  }

  // ---- capacity ---------------------------------------------------------------------------

  const sizeOf = (version) => version * 4 + 17;

  function alignmentCentres(version) {
    if (version === 1) return [];
    const count = Math.floor(version / 7) + 2;
    const step = Math.ceil((sizeOf(version) - 13) / (count * 2 - 2)) * 2;
    const centres = [6];
    for (let i = count - 2; i >= 0; i -= 1) centres.push(sizeOf(version) - 7 - i * (version === 32 ? 26 : step));
    return centres;
  }

  /** Bytes of data and error correction that fit into a version. */
  function rawBytes(version) {
    let modules = (16 * version + 128) * version + 64;
    if (version > 1) {
      const aligned = Math.floor(version / 7) + 2;
      modules -= (25 * aligned - 10) * aligned - 55;
    }
    if (version > 6) modules -= 36;
    return modules >> 3;
  }

  const dataBytes = (version, level) =>
    rawBytes(version) - LEVELS[level].perBlock[version - 1] * LEVELS[level].blocks[version - 1];

  function pickVersion(length, level) {
    for (let version = 1; version <= 40; version += 1) {
      const header = version < 10 ? 12 : 20; // bits
      if (header + length * 8 <= dataBytes(version, level) * 8) return version;
    }
    throw new RangeError('text too long for a QR code');
  }

  // ---- bytes ------------------------------------------------------------------------------

  function dataCodewords(bytes, version, level) {
    const capacity = dataBytes(version, level);
    const bits = [];
    const push = (value, count) => {
      for (let i = count - 1; i >= 0; i -= 1) bits.push((value >> i) & 1);
    };
    push(4, 4); // byte mode
    push(bytes.length, version < 10 ? 8 : 16);
    for (const byte of bytes) push(byte, 8);
    push(0, Math.min(4, capacity * 8 - bits.length));
    push(0, (8 - (bits.length % 8)) % 8);
    const result = new Uint8Array(capacity);
    bits.forEach((bit, i) => {
      result[i >> 3] |= bit << (7 - (i & 7));
    });
    for (let i = bits.length >> 3, pad = 0xec; i < capacity; i += 1, pad ^= 0xec ^ 0x11) result[i] = pad;
    return result;
  }

  /** Splits into blocks, adds error correction, interleaves. */
  function allCodewords(data, version, level) {
    const blocks = LEVELS[level].blocks[version - 1];
    const divisor = generator(LEVELS[level].perBlock[version - 1]);
    const short = Math.floor(data.length / blocks);
    const longer = data.length % blocks; // that many of the last blocks hold one byte more
    const parts = [];
    for (let i = 0, at = 0; i < blocks; i += 1) {
      const length = short + (i >= blocks - longer ? 1 : 0);
      const part = data.subarray(at, at + length);
      parts.push({ part, check: remainder(part, divisor) });
      at += length;
    }
    const result = [];
    for (let i = 0; i <= short; i += 1) for (const { part } of parts) if (i < part.length) result.push(part[i]);
    for (let i = 0; i < divisor.length; i += 1) for (const { check } of parts) result.push(check[i]);
    return result;
  }

  // ---- the picture ------------------------------------------------------------------------

  const MASKS = [
    (x, y) => (x + y) % 2 === 0,
    (x, y) => y % 2 === 0,
    (x) => x % 3 === 0,
    (x, y) => (x + y) % 3 === 0,
    (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
    (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
    (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
    (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
  ];

  /** BCH code: `value` with `bits` check bits of the polynomial. */
  function withCheck(value, polynomial, bits) {
    let rest = value;
    for (let i = 0; i < bits; i += 1) rest = (rest << 1) ^ ((rest >> (bits - 1)) * polynomial);
    return (value << bits) | rest;
  }

  class Picture {
    constructor(version) {
      this.version = version;
      this.size = sizeOf(version);
      this.dark = new Uint8Array(this.size * this.size);
      this.fixed = new Uint8Array(this.size * this.size);
    }

    get(x, y) {
      return this.dark[y * this.size + x];
    }

    fix(x, y, dark) {
      this.dark[y * this.size + x] = dark ? 1 : 0;
      this.fixed[y * this.size + x] = 1;
    }

    drawPatterns() {
      for (let i = 0; i < this.size; i += 1) {
        this.fix(6, i, i % 2 === 0);
        this.fix(i, 6, i % 2 === 0);
      }
      this.finder(3, 3);
      this.finder(this.size - 4, 3);
      this.finder(3, this.size - 4);
      const centres = alignmentCentres(this.version);
      const last = centres.length - 1;
      centres.forEach((x, i) => centres.forEach((y, j) => {
        const inFinder = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
        if (!inFinder) this.square(x, y, 2, (distance) => distance !== 1);
      }));
      this.format(0, 0); // reserves the place
      if (this.version >= 7) {
        const bits = withCheck(this.version, 0x1f25, 12);
        for (let i = 0; i < 18; i += 1) {
          const [a, b] = [this.size - 11 + (i % 3), Math.floor(i / 3)];
          this.fix(a, b, (bits >> i) & 1);
          this.fix(b, a, (bits >> i) & 1);
        }
      }
    }

    finder(x, y) {
      this.square(x, y, 4, (distance) => distance !== 2 && distance !== 4);
    }

    square(x, y, radius, isDark) {
      for (let dy = -radius; dy <= radius; dy += 1) {
        for (let dx = -radius; dx <= radius; dx += 1) {
          const [px, py] = [x + dx, y + dy];
          if (px < 0 || py < 0 || px >= this.size || py >= this.size) continue;
          this.fix(px, py, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
        }
      }
    }

    format(levelBits, mask) {
      const bits = withCheck((levelBits << 3) | mask, 0x537, 10) ^ 0x5412;
      const bit = (i) => (bits >> i) & 1;
      for (let i = 0; i < 15; i += 1) {
        const along = i < 6 ? i : i < 8 ? i + 1 : null;
        // Around the upper left finder, then the second copy at the other two.
        if (along !== null) this.fix(8, along, bit(i));
        else if (i === 8) this.fix(7, 8, bit(i));
        else this.fix(14 - i, 8, bit(i));
        if (i < 8) this.fix(this.size - 1 - i, 8, bit(i));
        else this.fix(8, this.size - 15 + i, bit(i));
      }
      this.fix(8, this.size - 8, 1);
    }

    drawData(codewords) {
      let at = 0;
      for (let right = this.size - 1; right >= 1; right -= 2) {
        if (right === 6) right = 5; // the timing column
        const upward = ((right + 1) & 2) === 0;
        for (let step = 0; step < this.size; step += 1) {
          const y = upward ? this.size - 1 - step : step;
          for (const x of [right, right - 1]) {
            if (this.fixed[y * this.size + x] || at >= codewords.length * 8) continue;
            this.dark[y * this.size + x] = (codewords[at >> 3] >> (7 - (at & 7))) & 1;
            at += 1;
          }
        }
      }
    }

    flip(mask) {
      for (let y = 0; y < this.size; y += 1) {
        for (let x = 0; x < this.size; x += 1) {
          const i = y * this.size + x;
          if (!this.fixed[i] && MASKS[mask](x, y)) this.dark[i] ^= 1;
        }
      }
    }

    /** How hard to read: long runs, blocks, finder look-alikes, imbalance. */
    penalty() {
      let result = 0;
      let darkCount = 0;
      for (let i = 0; i < this.size; i += 1) {
        result += this.linePenalty((j) => this.get(j, i)) + this.linePenalty((j) => this.get(i, j));
      }
      for (let y = 0; y < this.size; y += 1) {
        for (let x = 0; x < this.size; x += 1) {
          const colour = this.get(x, y);
          darkCount += colour;
          if (x + 1 < this.size && y + 1 < this.size && colour === this.get(x + 1, y)
            && colour === this.get(x, y + 1) && colour === this.get(x + 1, y + 1)) result += 3;
        }
      }
      const percent = (darkCount * 100) / (this.size * this.size);
      return result + Math.floor(Math.abs(percent - 50) / 5) * 10;
    }

    linePenalty(at) {
      let result = 0;
      let run = 0;
      let text = '';
      for (let j = 0; j < this.size; j += 1) {
        const colour = at(j);
        run = j > 0 && colour === at(j - 1) ? run + 1 : 1;
        if (run === 5) result += 3;
        else if (run > 5) result += 1;
        text += colour;
      }
      for (const pattern of ['00001011101', '10111010000']) {
        for (let i = text.indexOf(pattern); i >= 0; i = text.indexOf(pattern, i + 1)) result += 40;
      }
      return result;
    }
  }

  /** Encodes a text; `{size, get(x, y)}` with 1 for dark. Throws RangeError when it is too long. */
  __sim.qrCode = (text, level = 'L') => {
    const bytes = new TextEncoder().encode(text);
    const version = pickVersion(bytes.length, level);
    const picture = new Picture(version);
    picture.drawPatterns();
    picture.drawData(allCodewords(dataCodewords(bytes, version, level), version, level));
    let best = 0;
    let least = Infinity;
    for (let mask = 0; mask < MASKS.length; mask += 1) {
      picture.flip(mask);
      picture.format(LEVELS[level].format, mask);
      const penalty = picture.penalty();
      if (penalty < least) [best, least] = [mask, penalty];
      picture.flip(mask);
    }
    picture.flip(best);
    picture.format(LEVELS[level].format, best);
    return picture;
  };
}
