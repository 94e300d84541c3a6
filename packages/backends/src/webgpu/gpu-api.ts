// The part of the WebGPU API that this engine uses. The language's own library does not describe it, and a browser's
// types would demand a DOM. Handles that are only passed on are plain objects, and descriptors are as loose as the
// standard's, so that `navigator.gpu` and the npm package's object fit.

/** The entry point: `navigator.gpu`, or what the npm package `webgpu` creates. */
export interface WebGPU {
  requestAdapter(options?: { powerPreference?: string }): Promise<WebGPUAdapter | null>;
}

/** A device on offer. */
export interface WebGPUAdapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    /** Whether a processor computes in place of a GPU. Older browsers do not say. */
    readonly isFallbackAdapter?: boolean;
  };
  requestDevice(): Promise<WebGPUDevice>;
}

/** The limits that batches are cut to. */
export interface WebGPULimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
}

export type ErrorFilter = 'validation' | 'out-of-memory' | 'internal';

/** An open device. */
export interface WebGPUDevice {
  readonly limits: WebGPULimits;
  readonly lost: Promise<{ readonly reason?: string; readonly message?: string }>;
  readonly queue: {
    writeBuffer(
      buffer: DeviceBuffer,
      offset: number,
      data: Uint8Array<ArrayBuffer>,
      dataOffset?: number,
      size?: number,
    ): void;
    submit(commands: Iterable<object>): void;
  };
  createShaderModule(descriptor: { label?: string; code: string }): object;
  createComputePipelineAsync(descriptor: {
    label?: string;
    layout: object | 'auto';
    compute: { module: object; entryPoint?: string };
  }): Promise<ComputePipeline>;
  createBuffer(descriptor: { label?: string; size: number; usage: number }): DeviceBuffer;
  createBindGroup(descriptor: {
    layout: object;
    entries: Iterable<{ binding: number; resource: object }>;
  }): object;
  createCommandEncoder(): CommandEncoder;
  pushErrorScope(filter: ErrorFilter): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}

export interface ComputePipeline {
  getBindGroupLayout(index: number): object;
}

export interface DeviceBuffer {
  readonly size: number;
  mapAsync(mode: number, offset: number, size: number): Promise<unknown>;
  getMappedRange(offset: number, size: number): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

export interface CommandEncoder {
  beginComputePass(): {
    setPipeline(pipeline: ComputePipeline): void;
    setBindGroup(index: number, group: object | null): void;
    dispatchWorkgroups(x: number): void;
    end(): void;
  };
  copyBufferToBuffer(
    source: DeviceBuffer,
    sourceOffset: number,
    target: DeviceBuffer,
    targetOffset: number,
    size: number,
  ): void;
  finish(): object;
}

/** Bits of a buffer's usage, numbered by the WebGPU standard. */
export const BUFFER_USAGE = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
} as const;

/** `GPUMapMode.READ`. */
export const MAP_READ = 1;
