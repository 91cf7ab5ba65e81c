// dispatch: what happens to a call: counted, recorded, refused, answered by a model, or let
// through.
#include "dispatch.hpp"

#include <algorithm>
#include <atomic>

#include "slots.hpp"

namespace ntlab {
namespace {

constexpr std::uint64_t record_room = 16384;

constinit Call* recorded = nullptr;  // from VirtualAlloc: a call may come while a heap is locked
constinit std::atomic<std::uint64_t> taken{0};
constinit std::atomic<bool> everything{false};
using HasLock = int (*)();
constinit HasLock has_interpreter = nullptr;

void record_bytes(Call& call, const Failure* about, const std::uint64_t* arguments) noexcept {
    if (!about || about->buffer == no_bytes) return;
    const std::uint64_t length = about->length == no_bytes ? about->size : arguments[about->length];
    const auto wanted = std::min<std::uint64_t>(length, sizeof call.bytes);
    const auto* const from = reinterpret_cast<const void*>(arguments[about->buffer]);
    SIZE_T got = 0;
    // Copied by the kernel: a bad pointer is the caller's business, not a crash of the recorder.
    if (from) ReadProcessMemory(GetCurrentProcess(), from, call.bytes, wanted, &got);
    call.bytes_size = static_cast<std::uint32_t>(got);
}

void record(std::uint32_t index, const Slot& slot, const std::uint64_t* arguments,
            bool refused) noexcept {
    const auto at = taken.fetch_add(1, std::memory_order_relaxed);
    if (at >= record_room) return;
    auto& call = recorded[at];
    call.slot = index;
    call.thread = GetCurrentThreadId();
    std::copy_n(arguments, argument_count, call.arguments);
    call.refused = refused ? 1 : 0;
    call.held_up = has_interpreter && has_interpreter() ? 1 : 0;
    call.bytes_size = 0;
    record_bytes(call, slot.failure, arguments);
}

// Is this the call that the test wants to see fail? Counts down on all threads together.
bool to_be_refused(Slot& slot) noexcept {
    auto until = slot.until.load(std::memory_order_acquire);
    while (until != 0) {
        const auto now = until <= slot.times.load(std::memory_order_relaxed);
        const auto next = now && slot.every.load(std::memory_order_relaxed) ? until : until - 1;
        if (slot.until.compare_exchange_weak(until, next, std::memory_order_acq_rel)) return now;
    }
    return false;
}

}  // namespace

Function dispatch(std::uint32_t index, const std::uint64_t* arguments,
                  std::uint64_t* answer) noexcept {
    const auto last_error = GetLastError();
    auto& slot = slot_at(index);
    slot.calls.fetch_add(1, std::memory_order_relaxed);
    const auto refused = to_be_refused(slot);
    if (slot.recorded.load(std::memory_order_relaxed) ||
        everything.load(std::memory_order_relaxed)) {
        record(index, slot, arguments, refused);
    }
    SetLastError(last_error);

    if (refused) {
        slot.refused.fetch_add(1, std::memory_order_relaxed);
        *answer = slot.answer;
        if (slot.sets_last_error) SetLastError(slot.last_error);
        return nullptr;
    }
    if (const auto model = slot.model.load(std::memory_order_acquire)) return model;
    if (const auto original = slot.original.load(std::memory_order_acquire)) return original;

    // A model's function that outlived its model on another thread: this system has none.
    *answer = slot.failure && slot.failure->refusal == Refusal::status ? 0xC0000002 : 0;
    SetLastError(ERROR_CALL_NOT_IMPLEMENTED);
    return nullptr;
}

bool make_records() noexcept {
    if (!recorded) {
        recorded = static_cast<Call*>(VirtualAlloc(nullptr, record_room * sizeof(Call),
                                                   MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    }
    return recorded != nullptr;
}

void watch_interpreter(int (*has_lock)()) noexcept {
    has_interpreter = has_lock;
}

void record_everything(bool on) noexcept {
    everything = on;
}

std::span<const Call> records() noexcept {
    return {recorded, static_cast<std::size_t>(std::min(taken.load(), record_room))};
}

std::uint64_t records_lost() noexcept {
    const auto wanted = taken.load();
    return wanted > record_room ? wanted - record_room : 0;
}

void clear_records() noexcept {
    everything = false;
    taken = 0;
}

}  // namespace ntlab
