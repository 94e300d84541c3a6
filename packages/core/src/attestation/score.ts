import type { AttestationKind } from './kinds.ts';

/** Score of a processor's environment alone. */
export const SCORE_CPU = 70;

const SCORE_GPU = 70;
const SCORE_GPU_MAX = 100;
const SCORE_SOFTWARE = 20;
const SCORE_SOFTWARE_MAX = 60;

/** What a GPU's signed evidence says that is worth points. */
export interface GpuScoreInput {
  /** Chip of the device certificate, such as "GH100". */
  readonly chip: string;
  /** Whether the signed report says that confidential mode is on. */
  readonly isConfidential: boolean;
  /** Whether the signed report says that trusted I/O is on. */
  readonly isTeeIo: boolean;
  readonly isRimMatched: boolean;
}

// Chips of the models that earn points: GB100/GB102 are B100, B200 and GB200; GH100 is H100 and H200;
// GB202 with a device identity is the RTX PRO 6000.
const CHIP_POINTS: Readonly<Record<string, number>> = { GB100: 10, GB102: 10, GH100: 8, GB202: 5 };

/** 70 for verified hardware, 15 confidential mode, 5 trusted I/O, 5 matched references, up to 10 for the chip. */
export function scoreGpu(input: GpuScoreInput): number {
  const points =
    SCORE_GPU +
    (input.isConfidential ? 15 : 0) +
    (input.isTeeIo ? 5 : 0) +
    (input.isRimMatched ? 5 : 0) +
    (CHIP_POINTS[input.chip] ?? 0);
  return Math.min(points, SCORE_GPU_MAX);
}

/**
 * The score of a processor and GPUs that vouch together: what the GPUs have above plain hardware comes on top of the
 * processor's, at most 100. One kind alone keeps its own.
 */
export function combineScores(
  verdicts: readonly { readonly kind: AttestationKind; readonly trustScore: number }[],
): number {
  const [first, second] = verdicts.map(({ kind, trustScore }) =>
    kind === 'nvidia' ? trustScore - SCORE_GPU : trustScore,
  );
  if (second !== undefined) return Math.min((first ?? 0) + Math.max(0, second), SCORE_GPU_MAX);
  return verdicts[0]?.trustScore ?? 0;
}

/** What a provider's signed statement says that is worth points. */
export interface SoftwareScoreInput {
  readonly model: string;
  readonly hasBenchmark: boolean;
  readonly hasDriverVersion: boolean;
}

const MODEL_POINTS: readonly (readonly [models: RegExp, points: number])[] = [
  [/^(?:NVIDIA )?(?:GeForce )?RTX 50[89]0$/, 15],
  [/^(?:NVIDIA )?(?:DGX Spark )?GB10$/, 12],
  [/^(?:NVIDIA )?(?:GeForce )?RTX 40[89]0$/, 10],
  [/^(?:NVIDIA )?(?:GeForce )?RTX 30[89]0$/, 8],
];
const OTHER_MODEL_POINTS = 5;

/** 20 for a signed statement, up to 15 for the model, 10 benchmark, 10 for the signature itself, 5 driver. */
export function scoreSoftware(input: SoftwareScoreInput): number {
  const model = MODEL_POINTS.find(([models]) => models.test(input.model))?.[1] ?? OTHER_MODEL_POINTS;
  const points =
    SCORE_SOFTWARE + model + (input.hasBenchmark ? 10 : 0) + 10 + (input.hasDriverVersion ? 5 : 0);
  return Math.min(points, SCORE_SOFTWARE_MAX);
}
