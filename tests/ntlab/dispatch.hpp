// dispatch: what happens to a call: counted, recorded, refused, answered by a model, or let
// through.
#pragma once

#include <cstdint>
#include <span>

#include "ntlab.hpp"

namespace ntlab {

inline constexpr std::size_t argument_count = 11;

// One recorded call, as the Python door reads it.
struct Call {
    std::uint32_t slot;
    std::uint32_t thread;
    std::uint64_t arguments[argument_count];
    std::uint32_t refused;     // 1 if it was refused as planned
    std::uint32_t bytes_size;  // bytes held below; the first ones of a longer input
    std::uint8_t bytes[256];
    std::uint32_t held_up;  // 1 if the interpreter waited: the thread had its lock
    std::uint32_t unused;
};

Function dispatch(std::uint32_t index, const std::uint64_t* arguments,
                  std::uint64_t* answer) noexcept;

bool make_records() noexcept;                        // memory for them, once
void watch_interpreter(int (*has_lock)()) noexcept;  // what tells whether this thread has its lock
void record_everything(bool on) noexcept;            // not only the slots that ask for it
std::span<const Call> records() noexcept;
std::uint64_t records_lost() noexcept;  // more calls than there was room for
void clear_records() noexcept;

}  // namespace ntlab
