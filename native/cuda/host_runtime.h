/*
 * A GPU runtime on the host, for tests. It is as lazy as a device may be: what is put on a stream runs when somebody
 * waits for that stream and not before, so a result that is read too early, or a buffer that is reused too early,
 * shows. New memory holds garbage. AIVM_GPU_FAIL_AT=n makes call n of the runtime fail (n counts from the load of the
 * library), and AIVM_GPU_DEVICES=0 takes the device away.
 */
#ifndef AIVM_HOST_RUNTIME_H
#define AIVM_HOST_RUNTIME_H

#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#define __global__
#define __device__
#define __constant__
#define __forceinline__ inline
#define __launch_bounds__(threads)

enum hostError_t { hostSuccess = 0, hostErrorInvalidValue = 1, hostErrorNoDevice = 100, hostErrorUnknown = 999 };
enum { hostMemcpyHostToDevice = 1, hostMemcpyDeviceToHost = 2, hostStreamNonBlocking = 1 };

struct hostQueue {
  std::vector<std::function<void()>> work;
};
using hostStream_t = hostQueue *;

struct dim3 {
  unsigned x, y;
  explicit dim3(unsigned x_, unsigned y_ = 1) : x(x_), y(y_) {}
};
static thread_local dim3 blockIdx(0, 0), threadIdx(0, 0);
static hostError_t last_launch = hostSuccess;

/* The status of the next call of the runtime. */
static hostError_t host_call() {
  static int calls = 0;
  const char *fail_at = std::getenv("AIVM_GPU_FAIL_AT");
  calls++;
  return fail_at != nullptr && std::atoi(fail_at) == calls ? hostErrorUnknown : hostSuccess;
}

static hostError_t hostGetDeviceCount(int *count) {
  const char *devices = std::getenv("AIVM_GPU_DEVICES");
  *count = devices == nullptr ? 1 : std::atoi(devices);
  return host_call();
}
static hostError_t hostSetDevice(int) { return host_call(); }

static hostError_t hostMalloc(void **memory, size_t size) {
  const hostError_t status = host_call();
  if (status != hostSuccess) return status;
  *memory = std::malloc(size);
  if (*memory == nullptr) return hostErrorUnknown;
  std::memset(*memory, 0xcd, size);
  return hostSuccess;
}
static hostError_t hostFree(void *memory) {
  std::free(memory);
  return host_call();
}

static hostError_t hostStreamCreateWithFlags(hostStream_t *stream, unsigned) {
  const hostError_t status = host_call();
  if (status == hostSuccess) *stream = new hostQueue();
  return status;
}
static hostError_t hostStreamSynchronize(hostStream_t stream) {
  for (auto &work : stream->work) work();
  stream->work.clear();
  return host_call();
}
static hostError_t hostStreamDestroy(hostStream_t stream) {
  delete stream;
  return host_call();
}
static hostError_t hostMemcpyAsync(void *to, const void *from, size_t size, int, hostStream_t stream) {
  const hostError_t status = host_call();
  if (status == hostSuccess) stream->work.push_back([=] { std::memcpy(to, from, size); });
  return status;
}
static hostError_t hostGetLastError() {
  const hostError_t status = last_launch;
  last_launch = hostSuccess;
  return status;
}

template <class Kernel, class... Parameters>
void host_launch(Kernel kernel, dim3 grid, unsigned threads, hostStream_t stream, Parameters... parameters) {
  last_launch = grid.x == 0 ? hostErrorInvalidValue : host_call();
  if (last_launch != hostSuccess) return;
  stream->work.push_back([=] {
    for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
      for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++)
        for (threadIdx.x = 0; threadIdx.x < threads; threadIdx.x++) kernel(parameters...);
  });
}
#define GPU_LAUNCH(kernel, grid, threads, stream, ...) host_launch(kernel, grid, threads, stream, __VA_ARGS__)

#endif
