import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, i8, i8s, i32s } from './field.ts';

/** Input elements of the classifier. */
export const InferenceInDim = 32;
/** Hidden units of the classifier. */
export const InferenceHidden = 16;
/** Output elements of the classifier. */
export const InferenceOutDim = 1;

/** The 32→16→1 int8 classifier. W1 is row-major by hidden unit. 672 bytes. */
export const InferenceWeights = defineLayout('InferenceWeights', 672, {
  W1: i8s(0, InferenceInDim * InferenceHidden),
  B1: i32s(512, InferenceHidden),
  W2: i8s(576, InferenceHidden * InferenceOutDim),
  B2: i32s(592, InferenceOutDim),
  Shift1: i8(596),
  Shift2: i8(597),
  ModelHash: bytes(600, 32),
  ModelConfigHash: bytes(632, 32),
});
export type InferenceWeights = LayoutView<typeof InferenceWeights.fields>;
