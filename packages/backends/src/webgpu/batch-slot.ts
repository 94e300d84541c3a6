import { assert } from '@aivm/core/errors';
import type { ComputeKernelParameters } from './compute-kernel-parameters.ts';
import {
  BUFFER_USAGE,
  type ComputePipeline,
  type DeviceBuffer,
  MAP_READ,
  type WebGPUDevice,
} from './gpu-api.ts';
import { ROUND_COUNT } from './keccak-wgsl.ts';
import { WORKGROUP_SIZE } from './kernel-wgsl.ts';
import { WebGPUCallError } from './webgpu-errors.ts';

/** One dispatch: `count` structs from index `first` of the whole arenas. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
  /** The round's clock as low and high word, for kernels that compare with it. */
  readonly now: readonly [number, number];
  readonly shared: Uint8Array;
  /** The chunk's structs of each input, nothing else. */
  readonly inputs: readonly Uint8Array[];
}

/** `count`, `first`, `now`, `rounds`, and padding to a multiple of 8. */
const BATCH_SIZE = 24;

/** Buffers of an empty batch still have room for this many structs. */
const CAPACITY_MIN = WORKGROUP_SIZE;

interface Buffers {
  readonly capacity: number;
  readonly batch: DeviceBuffer;
  readonly shared: DeviceBuffer | undefined;
  readonly inputs: readonly DeviceBuffer[];
  readonly results: DeviceBuffer;
  readonly readback: DeviceBuffer;
  readonly group: object;
}

const { mapRead, copySource, copyTarget, uniform, storage } = BUFFER_USAGE;

type ScopeResult = PromiseSettledResult<{ readonly message: string } | null>;

/** Shared memory is copied first: Dawn in Node crashes on it. */
const inOwnMemory = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);

/** The buffers of one dispatch at a time. They grow to the largest chunk they saw and serve again. */
export class BatchSlot {
  readonly #device: WebGPUDevice;
  readonly #pipeline: ComputePipeline;
  readonly #shape: ComputeKernelParameters;
  #buffers: Buffers | undefined;

  constructor(device: WebGPUDevice, pipeline: ComputePipeline, shape: ComputeKernelParameters) {
    this.#device = device;
    this.#pipeline = pipeline;
    this.#shape = shape;
  }

  /**
   * Sends a chunk and waits for its results, which `take` reads before they vanish. Arguments are read before the first wait.
   * @throws WebGPUCallError, or the platform's error when the device is lost
   */
  async run(chunk: Chunk, take: (results: Uint8Array) => void): Promise<void> {
    const device = this.#device;
    device.pushErrorScope('internal');
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    const size = chunk.count * this.#shape.resultSize;
    const sending = this.#send(chunk, size);
    // Taken off again in the turn in which they were put on: other calls put theirs on the same stack.
    const scopes = [device.popErrorScope(), device.popErrorScope(), device.popErrorScope()] as const;
    const [[validation, memory, internal], [sent]] = await Promise.all([
      Promise.allSettled(scopes),
      Promise.allSettled([sending]),
    ]);
    this.#assertFine(validation, memory, internal);
    if (sent.status === 'rejected') throw sent.reason;
    take(new Uint8Array(sent.value.getMappedRange(0, size)));
    sent.value.unmap();
  }

  /** Submits a chunk and maps its results; what it throws becomes a rejection. */
  async #send(chunk: Chunk, size: number): Promise<DeviceBuffer> {
    const readback = this.#submit(chunk, size);
    await readback.mapAsync(MAP_READ, 0, size);
    return readback;
  }

  /** @throws WebGPUCallError for what a scope caught. A scope that is rejected lost its device: the mapping tells. */
  #assertFine(...[validation, memory, internal]: readonly ScopeResult[]): void {
    const caught = [memory, validation, internal].map((one) =>
      one?.status === 'fulfilled' ? one.value : null,
    );
    const first = caught.find((error) => error !== null);
    if (first === undefined) return;
    // Buffers that could not be made must not be used again.
    this.#release();
    const code = caught[0] === null ? 'call_failed' : 'out_of_memory';
    throw new WebGPUCallError(code, `${this.#shape.label}: ${first?.message}`);
  }

  #submit(chunk: Chunk, size: number): DeviceBuffer {
    const { queue } = this.#device;
    const buffers = this.#require(chunk.count);
    const write = (buffer: DeviceBuffer, bytes: Uint8Array): void => {
      assert(bytes.length <= buffer.size && bytes.length % 4 === 0, `${bytes.length} bytes do not fit`);
      queue.writeBuffer(buffer, 0, inOwnMemory(bytes));
    };
    write(
      buffers.batch,
      new Uint8Array(Uint32Array.of(chunk.count, chunk.first, ...chunk.now, ROUND_COUNT, 0).buffer),
    );
    if (buffers.shared !== undefined) write(buffers.shared, chunk.shared);
    chunk.inputs.forEach((bytes, place) => {
      write(buffers.inputs[place] as DeviceBuffer, bytes);
    });
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, buffers.group);
    pass.dispatchWorkgroups(Math.ceil(chunk.count / WORKGROUP_SIZE));
    pass.end();
    encoder.copyBufferToBuffer(buffers.results, 0, buffers.readback, 0, size);
    queue.submit([encoder.finish()]);
    return buffers.readback;
  }

  #require(count: number): Buffers {
    if (this.#buffers !== undefined && this.#buffers.capacity >= count) return this.#buffers;
    this.#release();
    this.#buffers = this.#create(Math.max(count, CAPACITY_MIN));
    return this.#buffers;
  }

  #create(capacity: number): Buffers {
    const { label, sharedSize, inputSizes, resultSize } = this.#shape;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const create = (size: number, usage: number): DeviceBuffer => {
      const sizeMax = usage & storage ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
      assert(
        size % 4 === 0 && size <= sizeMax,
        `${label}: a buffer of ${size} bytes, the device holds ${sizeMax}`,
      );
      return this.#device.createBuffer({ label, size, usage });
    };
    const batch = create(BATCH_SIZE, uniform | copyTarget);
    const shared = sharedSize === 0 ? undefined : create(sharedSize, storage | copyTarget);
    const inputs = inputSizes.map((size) => create(size * capacity, storage | copyTarget));
    const results = create(resultSize * capacity, storage | copySource);
    const readback = create(resultSize * capacity, mapRead | copyTarget);
    const bound = [batch, ...(shared === undefined ? [] : [shared]), ...inputs, results];
    const group = this.#device.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    return { capacity, batch, shared, inputs, results, readback, group };
  }

  #release(): void {
    const buffers = this.#buffers;
    this.#buffers = undefined;
    if (buffers === undefined) return;
    const { batch, shared, inputs, results, readback } = buffers;
    for (const buffer of [batch, shared, ...inputs, results, readback]) buffer?.destroy();
  }
}
