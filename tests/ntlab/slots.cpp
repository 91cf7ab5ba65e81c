// slots: one per function that ntpages can reach: where its calls go, and what is planned for them.
#include "slots.hpp"

#include <array>
#include <cstring>

#include "dispatch.hpp"
#include "thunk.hpp"

namespace ntlab {
namespace {

constexpr std::size_t room = 1024;

constinit std::array<Slot, room> all{};
constinit std::atomic<std::uint32_t> used{0};
constinit std::byte* thunks = nullptr;
constinit SRWLOCK adding = SRWLOCK_INIT;

Function modelled(const char* name) noexcept {
    for (const auto* model = Model::first(); model; model = model->next()) {
        if (!model->active()) continue;
        if (const auto function = model->service(name)) return function;
    }
    return nullptr;
}

}  // namespace

bool make_slots() noexcept {
    if (!thunks) thunks = make_thunks(room, &dispatch);
    return thunks != nullptr;
}

Slot& slot_at(std::uint32_t index) noexcept {
    return all[index];
}

std::span<Slot> slots() noexcept {
    return {all.data(), used.load(std::memory_order_acquire)};
}

Slot* find_slot(const char* name) noexcept {
    for (auto& slot : slots()) {
        if (std::strcmp(slot.name, name) == 0) return &slot;
    }
    return nullptr;
}

Slot* find_or_add_slot(const char* name) noexcept {
    if (auto* const found = find_slot(name)) return found;
    AcquireSRWLockExclusive(&adding);
    auto* slot = find_slot(name);
    const auto index = used.load(std::memory_order_relaxed);
    if (!slot && index < room && copy_name(all[index].name, name)) {
        slot = &all[index];
        slot->failure = failure(name);
        slot->thunk = thunk_at(thunks, index);
        slot->model = modelled(name);
        used.store(index + 1, std::memory_order_release);
    }
    ReleaseSRWLockExclusive(&adding);
    return slot;
}

void retarget() noexcept {
    for (auto& slot : slots()) slot.model = modelled(slot.name);
}

void clear_slots() noexcept {
    for (auto& slot : slots()) {
        slot.until = 0;
        slot.every = false;
        slot.hidden = false;
        slot.recorded = false;
        slot.calls = 0;
        slot.refused = 0;
    }
}

}  // namespace ntlab
