/*
 * The GPU runtimes under one spelling: GPU(Malloc) is cudaMalloc or hipMalloc. With AIVM_GPU_ON_HOST the same sources
 * run on the host, for tests on machines without a GPU.
 */
#ifndef AIVM_GPU_RUNTIME_H
#define AIVM_GPU_RUNTIME_H

#if defined(AIVM_GPU_ON_HOST)
#include "host_runtime.h"
#define GPU(name) host##name
#define GPU_ALLOCATE_PINNED(pointer, size) hostMalloc(reinterpret_cast<void **>(pointer), size)
#define GPU_FREE_PINNED(pointer) hostFree(pointer)
#else
#if defined(__HIPCC__) || defined(__HIP__)
#include <hip/hip_runtime.h>
#define GPU(name) hip##name
#define GPU_ALLOCATE_PINNED(pointer, size) hipHostMalloc(reinterpret_cast<void **>(pointer), size, hipHostMallocDefault)
#define GPU_FREE_PINNED(pointer) hipHostFree(pointer)
#else
#include <cuda_runtime.h>
#define GPU(name) cuda##name
#define GPU_ALLOCATE_PINNED(pointer, size) cudaHostAlloc(reinterpret_cast<void **>(pointer), size, cudaHostAllocDefault)
#define GPU_FREE_PINNED(pointer) cudaFreeHost(pointer)
#endif
#define GPU_LAUNCH(kernel, grid, threads, stream, ...) kernel<<<grid, threads, 0, stream>>>(__VA_ARGS__)
#endif

using gpu_status = GPU(Error_t);
constexpr gpu_status GPU_OK = GPU(Success);

/* Every call of the runtime goes through this: a failure ends the kernel and becomes the launcher's return value. */
#define TRY(call)                                        \
  do {                                                   \
    const gpu_status status_of_call = (call);            \
    if (status_of_call != GPU_OK) return status_of_call; \
  } while (0)

#endif
