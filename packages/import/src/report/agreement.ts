import { placeOfLargest } from '../tensor/tensor.ts';

/** How one answer of the integer network stands to the float model's. */
export interface SampleAgreement {
  /** Places with the same largest value (of a decoder: positions with the same token), and all of them. */
  readonly same: number;
  readonly places: number;
  /** Cosine of the angle between both answers; of a decoder none. */
  readonly cosine?: number;
  /** The largest difference, and the largest float value. */
  readonly largestError?: number;
  readonly largestValue?: number;
}

/** Two answers of a map or an encoder. */
export function compareVectors(integer: ArrayLike<number>, float: ArrayLike<number>): SampleAgreement {
  let [dot, own, other, error, most] = [0, 0, 0, 0, 0];
  for (let i = 0; i < float.length; i++) {
    const [a, b] = [integer[i] as number, float[i] as number];
    dot += a * b;
    own += a * a;
    other += b * b;
    error = Math.max(error, Math.abs(a - b));
    most = Math.max(most, Math.abs(b));
  }
  const length = Math.sqrt(own * other);
  return {
    same: placeOfLargest(integer) === placeOfLargest(float) ? 1 : 0,
    places: 1,
    cosine: length === 0 ? (own === other ? 1 : 0) : dot / length,
    largestError: error,
    largestValue: most,
  };
}

/** The tokens of a decoder at every position. */
export function compareTokens(integer: ArrayLike<number>, float: ArrayLike<number>): SampleAgreement {
  let same = 0;
  for (let i = 0; i < float.length; i++) if (integer[i] === float[i]) same++;
  return { same, places: float.length };
}

/** All samples together. */
export interface Agreement {
  readonly samples: number;
  readonly same: number;
  readonly places: number;
  readonly leastCosine?: number;
  readonly meanCosine?: number;
  /** The largest difference ÷ the largest float value of the same answer. */
  readonly largestRelativeError?: number;
}

export function summarize(parts: readonly SampleAgreement[]): Agreement {
  const cosines = parts.flatMap(({ cosine }) => cosine ?? []);
  const errors = parts.flatMap(({ largestError, largestValue }) =>
    largestError === undefined || largestValue === undefined ? [] : largestError / (largestValue || 1),
  );
  return {
    samples: parts.length,
    same: parts.reduce((sum, { same }) => sum + same, 0),
    places: parts.reduce((sum, { places }) => sum + places, 0),
    ...(cosines.length === 0
      ? {}
      : {
          leastCosine: Math.min(...cosines),
          meanCosine: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
          largestRelativeError: Math.max(...errors),
        }),
  };
}
