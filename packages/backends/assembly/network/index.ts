/** Sums of 2^8 pairs of products of an int16 and an int8 fit an int32 lane: 8 elements a step, and one step to spare. */
const BLOCK: i32 = 2040;

/** Bytes of what scales the sum of one row: constant i64, mult i64, shift i64. */
const TAIL: usize = 24;

/** First byte of memory that the code does not use itself. */
export function memoryBase(): usize {
  return (__heap_base + 63) & ~63;
}

@inline
function step(sum: v128, x: v128, w: v128): v128 {
  return v128.add<i32>(sum, v128.dot<i16>(x, w));
}

/** Two int64 lanes: the four int32 lanes of `sum`, added to `total`. */
@inline
function widen(total: v128, sum: v128): v128 {
  return v128.add<i64>(total, v128.add<i64>(v128.extend_low<i32>(sum), v128.extend_high<i32>(sum)));
}

@inline
function both(total: v128): i64 {
  return v128.extract_lane<i64>(total, 0) + v128.extract_lane<i64>(total, 1);
}

/** Writes clamp(zy + rs((sum + constant) · mult, shift)), with an addend the saturated sum of both. */
@inline
function finish(sum: i64, tail: usize, zy: i64, lo: i64, hi: i64, addend: usize, out: usize): void {
  const product: i64 = (sum + load<i64>(tail)) * load<i64>(tail, 8);
  const shift: i64 = load<i64>(tail, 16);
  const rounded: i64 = shift == 0 ? product : (product >> shift) + ((product >> (shift - 1)) & 1);
  let value: i64 = rounded + zy;
  value = value < lo ? lo : value > hi ? hi : value;
  if (addend != 0) {
    value += <i64>load<i32>(addend);
    value = value < i32.MIN_VALUE ? i32.MIN_VALUE : value > i32.MAX_VALUE ? i32.MAX_VALUE : value;
  }
  store<i32>(out, <i32>value);
}

/**
 * Rows of weights over places: out[p][c] = finish(Σ x[p][k] · w[c][k]).
 *
 * @param x int16 [places][n], w int8 [m][n], addend int32 [places][m] or 0, out int32 [places][m]; n a multiple of 16
 */
export function dense(
  x: usize,
  places: i32,
  n: i32,
  w: usize,
  tails: usize,
  m: i32,
  zy: i32,
  lo: i32,
  hi: i32,
  addend: usize,
  out: usize,
): void {
  let place: i32 = 0;
  for (; place + 4 <= places; place += 4) {
    const from: usize = <usize>(place * m) * 4;
    four(x + <usize>(place * n) * 2, n, w, tails, m, zy, lo, hi, addend == 0 ? 0 : addend + from, out + from);
  }
  for (; place < places; place++) {
    const from: usize = <usize>(place * m) * 4;
    one(x + <usize>(place * n) * 2, n, w, tails, m, zy, lo, hi, addend == 0 ? 0 : addend + from, out + from);
  }
}

/** Four places, two rows at a time: each load of weights serves four sums, each load of activations two. */
function four(
  x: usize,
  n: i32,
  w: usize,
  tails: usize,
  m: i32,
  zy: i64,
  lo: i64,
  hi: i64,
  addend: usize,
  out: usize,
): void {
  const across: usize = <usize>n * 2;
  const down: usize = <usize>m * 4;
  let channel: i32 = 0;
  for (; channel < m; channel += 2) {
    // An odd last row is done twice.
    const second: i32 = min(channel + 1, m - 1);
    const w0: usize = w + <usize>(channel * n);
    const w1: usize = w + <usize>(second * n);
    let t00 = i64x2.splat(0);
    let t01 = i64x2.splat(0);
    let t10 = i64x2.splat(0);
    let t11 = i64x2.splat(0);
    let t20 = i64x2.splat(0);
    let t21 = i64x2.splat(0);
    let t30 = i64x2.splat(0);
    let t31 = i64x2.splat(0);
    for (let block: i32 = 0; block < n; block += BLOCK) {
      const end: i32 = min(n, block + BLOCK);
      let s00 = i32x4.splat(0);
      let s01 = i32x4.splat(0);
      let s10 = i32x4.splat(0);
      let s11 = i32x4.splat(0);
      let s20 = i32x4.splat(0);
      let s21 = i32x4.splat(0);
      let s30 = i32x4.splat(0);
      let s31 = i32x4.splat(0);
      for (let k: i32 = block; k < end; k += 8) {
        const a = v128.load_ext<i8>(w0 + <usize>k);
        const b = v128.load_ext<i8>(w1 + <usize>k);
        const p: usize = x + (<usize>k << 1);
        const x0 = v128.load(p);
        s00 = step(s00, x0, a);
        s01 = step(s01, x0, b);
        const x1 = v128.load(p + across);
        s10 = step(s10, x1, a);
        s11 = step(s11, x1, b);
        const x2 = v128.load(p + across * 2);
        s20 = step(s20, x2, a);
        s21 = step(s21, x2, b);
        const x3 = v128.load(p + across * 3);
        s30 = step(s30, x3, a);
        s31 = step(s31, x3, b);
      }
      t00 = widen(t00, s00);
      t01 = widen(t01, s01);
      t10 = widen(t10, s10);
      t11 = widen(t11, s11);
      t20 = widen(t20, s20);
      t21 = widen(t21, s21);
      t30 = widen(t30, s30);
      t31 = widen(t31, s31);
    }
    const tail0: usize = tails + <usize>channel * TAIL;
    const tail1: usize = tails + <usize>second * TAIL;
    let o0: usize = <usize>channel * 4;
    let o1: usize = <usize>second * 4;
    finish(both(t00), tail0, zy, lo, hi, addend == 0 ? 0 : addend + o0, out + o0);
    finish(both(t01), tail1, zy, lo, hi, addend == 0 ? 0 : addend + o1, out + o1);
    o0 += down;
    o1 += down;
    finish(both(t10), tail0, zy, lo, hi, addend == 0 ? 0 : addend + o0, out + o0);
    finish(both(t11), tail1, zy, lo, hi, addend == 0 ? 0 : addend + o1, out + o1);
    o0 += down;
    o1 += down;
    finish(both(t20), tail0, zy, lo, hi, addend == 0 ? 0 : addend + o0, out + o0);
    finish(both(t21), tail1, zy, lo, hi, addend == 0 ? 0 : addend + o1, out + o1);
    o0 += down;
    o1 += down;
    finish(both(t30), tail0, zy, lo, hi, addend == 0 ? 0 : addend + o0, out + o0);
    finish(both(t31), tail1, zy, lo, hi, addend == 0 ? 0 : addend + o1, out + o1);
  }
}

/** One place, four rows at a time: a decoder that writes one token reads every weight once. */
function one(
  x: usize,
  n: i32,
  w: usize,
  tails: usize,
  m: i32,
  zy: i64,
  lo: i64,
  hi: i64,
  addend: usize,
  out: usize,
): void {
  for (let channel: i32 = 0; channel < m; channel += 4) {
    const c1: i32 = min(channel + 1, m - 1);
    const c2: i32 = min(channel + 2, m - 1);
    const c3: i32 = min(channel + 3, m - 1);
    const w0: usize = w + <usize>(channel * n);
    const w1: usize = w + <usize>(c1 * n);
    const w2: usize = w + <usize>(c2 * n);
    const w3: usize = w + <usize>(c3 * n);
    let t0 = i64x2.splat(0);
    let t1 = i64x2.splat(0);
    let t2 = i64x2.splat(0);
    let t3 = i64x2.splat(0);
    for (let block: i32 = 0; block < n; block += BLOCK) {
      const end: i32 = min(n, block + BLOCK);
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      for (let k: i32 = block; k < end; k += 8) {
        const a = v128.load(x + (<usize>k << 1));
        s0 = step(s0, a, v128.load_ext<i8>(w0 + <usize>k));
        s1 = step(s1, a, v128.load_ext<i8>(w1 + <usize>k));
        s2 = step(s2, a, v128.load_ext<i8>(w2 + <usize>k));
        s3 = step(s3, a, v128.load_ext<i8>(w3 + <usize>k));
      }
      t0 = widen(t0, s0);
      t1 = widen(t1, s1);
      t2 = widen(t2, s2);
      t3 = widen(t3, s3);
    }
    finishAt(both(t0), channel, tails, zy, lo, hi, addend, out);
    finishAt(both(t1), c1, tails, zy, lo, hi, addend, out);
    finishAt(both(t2), c2, tails, zy, lo, hi, addend, out);
    finishAt(both(t3), c3, tails, zy, lo, hi, addend, out);
  }
}

@inline
function finishAt(
  sum: i64,
  channel: i32,
  tails: usize,
  zy: i64,
  lo: i64,
  hi: i64,
  addend: usize,
  out: usize,
): void {
  const at: usize = <usize>channel * 4;
  finish(sum, tails + <usize>channel * TAIL, zy, lo, hi, addend == 0 ? 0 : addend + at, out + at);
}
