/*
 * The device as the launchers use it: a few slots, each with a stream, pinned memory and device memory for one chunk of
 * ops, so that the host fills one slot while the bus and the GPU work on the others.
 */
#ifndef AIVM_DEVICE_H
#define AIVM_DEVICE_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "gpu_runtime.h"

/* Bytes of each of a slot's buffers: what the largest chunk needs. Tests make it small. */
#ifndef AIVM_SLOT_SIZE
#define AIVM_SLOT_SIZE (4u << 20)
#endif
constexpr size_t SLOT_SIZE = AIVM_SLOT_SIZE;
constexpr int SLOTS = 3;

struct Slot {
  GPU(Stream_t) stream = nullptr;
  uint8_t *host_in = nullptr, *host_out = nullptr, *device_in = nullptr, *device_out = nullptr;
  bool is_busy = false;
  /* What the chunk in this slot is: set when it is filled, read when it is launched and drained. */
  uint32_t first = 0, counts[3] = {0, 0, 0};
};

struct ChunkSize {
  size_t in, out;
};

class Device {
 public:
  /* Starts the runtime and allocates, once. Every failure leaves the device closed, and the next call tries again. */
  gpu_status open() {
    if (is_open_) {
      /* The runtime keeps the current device per thread, and calls come from several. */
      return GPU(SetDevice)(0);
    }
    const gpu_status status = allocate();
    if (status != GPU_OK) close();
    is_open_ = status == GPU_OK;
    return status;
  }

  /* Waits for what still runs and gives everything back. Errors no longer matter here. */
  void close() {
    for (Slot &slot : slots_) {
      if (slot.stream != nullptr) {
        (void)GPU(StreamSynchronize)(slot.stream);
        (void)GPU(StreamDestroy)(slot.stream);
      }
      if (slot.host_in != nullptr) (void)GPU_FREE_PINNED(slot.host_in);
      if (slot.host_out != nullptr) (void)GPU_FREE_PINNED(slot.host_out);
      if (slot.device_in != nullptr) (void)GPU(Free)(slot.device_in);
      if (slot.device_out != nullptr) (void)GPU(Free)(slot.device_out);
      slot = Slot();
    }
    if (shared_ != nullptr) (void)GPU(Free)(shared_);
    shared_ = nullptr;
    shared_size_ = 0;
    is_open_ = false;
    (void)GPU(GetLastError)(); /* forgets an error that a later call would be blamed for */
  }

  /* Device memory for what all chunks of a call read; it grows with the largest call. */
  gpu_status shared(size_t size, uint8_t **memory) {
    if (size > shared_size_) {
      if (shared_ != nullptr) TRY(GPU(Free)(shared_));
      shared_ = nullptr;
      shared_size_ = 0;
      TRY(GPU(Malloc)(reinterpret_cast<void **>(&shared_), size));
      shared_size_ = size;
    }
    *memory = shared_;
    return GPU_OK;
  }

  /* Copies pageable memory to the device through the slots' pinned memory, two copies at a time. */
  gpu_status upload(uint8_t *to, const void *from, size_t size) {
    const uint8_t *bytes = static_cast<const uint8_t *>(from);
    for (size_t done = 0, turn = 0; done < size; turn++) {
      Slot &slot = slots_[turn % SLOTS];
      const size_t part = size - done < SLOT_SIZE ? size - done : SLOT_SIZE;
      TRY(GPU(StreamSynchronize)(slot.stream));
      std::memcpy(slot.host_in, bytes + done, part);
      TRY(GPU(MemcpyAsync)(to + done, slot.host_in, part, GPU(MemcpyHostToDevice), slot.stream));
      done += part;
    }
    for (Slot &slot : slots_) TRY(GPU(StreamSynchronize)(slot.stream));
    return GPU_OK;
  }

  /*
   * Runs chunks through the slots until there are no more: fill(slot) packs the next chunk into slot.host_in and says
   * how many bytes go in and come out (0 in: no more chunks); launch(slot) starts its kernel; drain(slot) takes the
   * results from slot.host_out. Chunks are drained in the order in which they were filled.
   */
  template <class Fill, class Launch, class Drain>
  gpu_status run(Fill fill, Launch launch, Drain drain) {
    for (size_t turn = 0;; turn++) {
      Slot &slot = slots_[turn % SLOTS];
      TRY(finish(slot, drain));
      const ChunkSize size = fill(slot);
      if (size.in == 0) {
        for (int later = 1; later < SLOTS; later++) TRY(finish(slots_[(turn + later) % SLOTS], drain));
        return GPU_OK;
      }
      TRY(GPU(MemcpyAsync)(slot.device_in, slot.host_in, size.in, GPU(MemcpyHostToDevice), slot.stream));
      slot.is_busy = true;
      launch(slot);
      TRY(GPU(GetLastError)());
      TRY(GPU(MemcpyAsync)(slot.host_out, slot.device_out, size.out, GPU(MemcpyDeviceToHost), slot.stream));
    }
  }

 private:
  template <class Drain>
  gpu_status finish(Slot &slot, Drain drain) {
    if (!slot.is_busy) return GPU_OK;
    TRY(GPU(StreamSynchronize)(slot.stream));
    slot.is_busy = false;
    drain(slot);
    return GPU_OK;
  }

  gpu_status allocate() {
    int count = 0;
    TRY(GPU(GetDeviceCount)(&count));
    if (count == 0) return GPU(ErrorNoDevice);
    TRY(GPU(SetDevice)(0));
    for (Slot &slot : slots_) {
      TRY(GPU(StreamCreateWithFlags)(&slot.stream, GPU(StreamNonBlocking)));
      TRY(GPU_ALLOCATE_PINNED(&slot.host_in, SLOT_SIZE));
      TRY(GPU_ALLOCATE_PINNED(&slot.host_out, SLOT_SIZE));
      TRY(GPU(Malloc)(reinterpret_cast<void **>(&slot.device_in), SLOT_SIZE));
      TRY(GPU(Malloc)(reinterpret_cast<void **>(&slot.device_out), SLOT_SIZE));
    }
    return GPU_OK;
  }

  Slot slots_[SLOTS];
  uint8_t *shared_ = nullptr;
  size_t shared_size_ = 0;
  bool is_open_ = false;
};

/* Never destroyed: at exit the runtime may be gone before we are. */
inline Device &the_device() {
  static Device *device = new Device();
  return *device;
}

/* Runs `work` on the device, one call at a time. A failure closes the device, so that the next call starts afresh. */
template <class Work>
int with_device(Work work) {
  static std::mutex *turn = new std::mutex();
  const std::lock_guard<std::mutex> lock(*turn);
  Device &device = the_device();
  gpu_status status = device.open();
  if (status == GPU_OK) {
    status = work(device);
    if (status != GPU_OK) device.close();
  }
  return static_cast<int>(status);
}

#endif
