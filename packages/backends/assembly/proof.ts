import { absorbPair, beginPair, digestTo, padBlocks, permutePair } from './keccak';
import { isExpired, isZero32, isZero48 } from './words';

/** Tails of two preimages of 212 bytes: the first 136 bytes are hashed where they lie. */
const TAILS: usize = memory.data(288, 16);

function writeTail(tail: usize, op: usize): void {
  v128.store(tail, v128.load(op, 136));
  v128.store(tail, v128.load(op, 152), 16);
  v128.store(tail, v128.load(op, 168), 32);
  v128.store(tail, v128.load(op, 184), 48);
  store<u64>(tail, load<u64>(op, 200), 64);
  store<u32>(tail, load<u32>(op, 228), 72);
}

function check(op: usize, result: usize): void {
  let status: u32 = 0;
  if (isZero48(op + 80) && isZero48(op + 128)) status |= 0x02;
  if (isZero32(op)) status |= 0x04;
  if (isExpired(load<u64>(op, 208), load<u64>(op, 216))) status |= 0x08;
  if (isZero48(op + 32)) status |= 0x10;
  store<u32>(result, status == 0 ? 1 : status);
  store<u32>(result, load<u32>(op, 224), 4);
  store<u64>(result, 0, 40);
}

/** Kernel 6 over `opCount` ops of 240 bytes, two at a time. */
export function proofVerify(ops: usize, opCount: u32, results: usize): void {
  memory.fill(TAILS, 0, 288);
  padBlocks(TAILS, 76);
  padBlocks(TAILS + 144, 76);
  for (let index: u32 = 0; index < opCount; index += 2) {
    const op = ops + index * 240;
    const result = results + index * 48;
    // An odd last op is its own partner.
    const step: u32 = index + 1 < opCount ? 1 : 0;
    const partner = op + step * 240;
    check(op, result);
    check(partner, result + step * 48);
    writeTail(TAILS, op);
    writeTail(TAILS + 144, partner);
    beginPair(op, partner);
    permutePair();
    absorbPair(TAILS, TAILS + 144);
    permutePair();
    digestTo(result + 8, 0);
    digestTo(result + step * 48 + 8, 8);
  }
}
