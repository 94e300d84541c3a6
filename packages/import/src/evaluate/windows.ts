import { numberOf, numbersOf, type OnnxNode, textOf } from '../onnx/onnx-model.ts';
import { refuseNode } from './evaluate-node.ts';

/** A window that moves over an image. */
export interface Window {
  readonly kernelY: number;
  readonly kernelX: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  /** Places above and on the left of the image in the first window. */
  readonly top: number;
  readonly left: number;
}

/** An image, a window, and the image that comes out. */
export interface Planes {
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly window: Window;
}

/** The window of a Conv or a pool over `size`, by its attributes. */
export function windowOf(node: OnnxNode, size: readonly [number, number], kernel: readonly number[]): Planes {
  const [kernelY, kernelX] = kernel as [number, number];
  const [strideY, strideX] = (numbersOf(node, 'strides') ?? [1, 1]) as [number, number];
  const [dilationY, dilationX] = (numbersOf(node, 'dilations') ?? [1, 1]) as [number, number];
  if (kernel.length !== 2)
    return refuseNode(node, `over ${kernel.length} axes has no integer form; 2 have one`);
  const along = (axis: 0 | 1): { before: number; count: number } => {
    const length = size[axis];
    const stride = axis === 0 ? strideY : strideX;
    const reach = ((kernel[axis] as number) - 1) * (axis === 0 ? dilationY : dilationX) + 1;
    const auto = textOf(node, 'auto_pad', 'NOTSET');
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
      const count = Math.ceil(length / stride);
      const all = Math.max(0, (count - 1) * stride + reach - length);
      return { before: auto === 'SAME_UPPER' ? Math.floor(all / 2) : Math.ceil(all / 2), count };
    }
    const pads = auto === 'VALID' ? [0, 0, 0, 0] : (numbersOf(node, 'pads') ?? [0, 0, 0, 0]);
    const before = pads[axis] as number;
    const room = length + before + (pads[axis + 2] as number) - reach;
    const round = numberOf(node, 'ceil_mode', 0) === 1 ? Math.ceil : Math.floor;
    let count = round(room / stride) + 1;
    // A window that begins behind the image and its padding is left out.
    if ((count - 1) * stride >= length + before) count--;
    return { before, count };
  };
  const [y, x] = [along(0), along(1)];
  return {
    height: size[0],
    width: size[1],
    outHeight: y.count,
    outWidth: x.count,
    window: { kernelY, kernelX, strideY, strideX, dilationY, dilationX, top: y.before, left: x.before },
  };
}
