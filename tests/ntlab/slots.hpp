// slots: one per function that ntpages can reach: where its calls go, and what is planned for them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "failures.hpp"
#include "ntlab.hpp"

namespace ntlab {

// Read by any thread at any instruction, also inside an exception handler: so atomics and no lock.
struct Slot {
    char name[64];
    char dll[64];  // as the import table or the look-up spelled it; empty until one of them did
    const Failure* failure;  // nullptr: failures.cpp has to learn it
    Function thunk;

    std::atomic<Function> original;  // of the system; nullptr where this system lacks it
    std::atomic<Function> model;     // of the active model; wins over the original
    std::atomic<std::uint64_t> calls;
    std::atomic<std::uint64_t> refused;  // calls that were refused as planned

    std::atomic<std::uint64_t> until;  // calls to the last one that is refused; 0: none is planned
    std::atomic<std::uint64_t> times;  // how many are refused in a row, up to it
    std::atomic<bool> every;           // and all calls after it as well
    std::uint64_t answer;
    std::uint32_t last_error;
    bool sets_last_error;

    std::atomic<bool> recorded;
    std::atomic<bool> hidden;    // look-ups say that the system has no such function
    std::atomic<bool> imported;  // linked: its address is in the import table
};

// The thunks must be made before the first slot is.
bool make_slots() noexcept;

Slot& slot_at(std::uint32_t index) noexcept;
std::span<Slot> slots() noexcept;  // those in use
Slot* find_slot(const char* name) noexcept;
Slot* find_or_add_slot(const char* name) noexcept;  // nullptr: full, or the name is too long

// Points every slot at the function of the active models, or at none.
void retarget() noexcept;

// Back to counting alone: nothing planned, hidden or recorded, all counts 0.
void clear_slots() noexcept;

// Exact bounds on a name copied into a slot.
template <std::size_t Size>
bool copy_name(char (&to)[Size], const char* from) noexcept {
    std::size_t length = 0;
    while (from[length] != '\0') {
        if (++length == Size) return false;
    }
    for (std::size_t at = 0; at <= length; ++at) to[at] = from[at];
    return true;
}

}  // namespace ntlab
