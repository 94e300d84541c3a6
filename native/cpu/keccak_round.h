/*
 * Keccak-f[1600] over a vector type: the including file defines `vec`, XOR, XOR5, ROL, CHI (a ^ (~b & c)) and CONSTANT.
 * Code for another kind of processor also defines KECCAK_FUNCTION and KECCAK_TABLE. Lane i of every vector is one
 * state; state word x + 5y is A[x + 5y].
 */
#ifndef KECCAK_FUNCTION
#define KECCAK_FUNCTION static inline __attribute__((always_inline))
#define KECCAK_TABLE static const
#endif

KECCAK_TABLE uint64_t ROUND_CONSTANTS[24] = {
    0x0000000000000001u, 0x0000000000008082u, 0x800000000000808au, 0x8000000080008000u, 0x000000000000808bu,
    0x0000000080000001u, 0x8000000080008081u, 0x8000000000008009u, 0x000000000000008au, 0x0000000000000088u,
    0x0000000080008009u, 0x000000008000000au, 0x000000008000808bu, 0x800000000000008bu, 0x8000000000008089u,
    0x8000000000008003u, 0x8000000000008002u, 0x8000000000000080u, 0x000000000000800au, 0x800000008000000au,
    0x8000000080008081u, 0x8000000000008080u, 0x0000000080000001u, 0x8000000080008008u};

/* One row after rho and pi: five words of A at distance 6 in x and y, rotated, then chi. */
#define KECCAK_ROW(E, y, i0, r0, i1, r1, i2, r2, i3, r3, i4, r4)  \
  do {                                                            \
    const vec b0 = ROL(XOR(A[i0], d[(i0) % 5]), r0);              \
    const vec b1 = ROL(XOR(A[i1], d[(i1) % 5]), r1);              \
    const vec b2 = ROL(XOR(A[i2], d[(i2) % 5]), r2);              \
    const vec b3 = ROL(XOR(A[i3], d[(i3) % 5]), r3);              \
    const vec b4 = ROL(XOR(A[i4], d[(i4) % 5]), r4);              \
    E[(y) + 0] = CHI(b0, b1, b2);                                 \
    E[(y) + 1] = CHI(b1, b2, b3);                                 \
    E[(y) + 2] = CHI(b2, b3, b4);                                 \
    E[(y) + 3] = CHI(b3, b4, b0);                                 \
    E[(y) + 4] = CHI(b4, b0, b1);                                 \
  } while (0)

KECCAK_FUNCTION void keccak_round(const vec A[25], vec E[25], uint64_t constant) {
  vec c[5], d[5];
  for (int x = 0; x < 5; x++) c[x] = XOR5(A[x], A[x + 5], A[x + 10], A[x + 15], A[x + 20]);
  for (int x = 0; x < 5; x++) d[x] = XOR(c[(x + 4) % 5], ROL(c[(x + 1) % 5], 1));
  KECCAK_ROW(E, 0, 0, 0, 6, 44, 12, 43, 18, 21, 24, 14);
  E[0] = XOR(E[0], CONSTANT(constant));
  KECCAK_ROW(E, 5, 3, 28, 9, 20, 10, 3, 16, 45, 22, 61);
  KECCAK_ROW(E, 10, 1, 1, 7, 6, 13, 25, 19, 8, 20, 18);
  KECCAK_ROW(E, 15, 4, 27, 5, 36, 11, 10, 17, 15, 23, 56);
  KECCAK_ROW(E, 20, 2, 62, 8, 55, 14, 39, 15, 41, 21, 2);
}

KECCAK_FUNCTION void keccak_permute(vec A[25]) {
  vec E[25];
  for (int round = 0; round < 24; round += 2) {
    keccak_round(A, E, ROUND_CONSTANTS[round]);
    keccak_round(E, A, ROUND_CONSTANTS[round + 1]);
  }
}
