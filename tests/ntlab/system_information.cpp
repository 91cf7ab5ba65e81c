// system_information: NtQuerySystemInformation and NtSetSystemInformation, shared by the models:
// each offers classes by number; what none of them offers is asked of the system itself.
#include <atomic>
#include <cstring>

#include "ntlab.hpp"

namespace ntlab {
namespace {

// Bytes by which every answer is longer than today's: what a newer Windows knows besides.
constinit std::atomic<ULONG> added{0};

void reset() noexcept {
    added = 0;
}

const SystemClass* offered(ULONG number) noexcept {
    for (const auto* model = Model::first(); model; model = model->next()) {
        if (!model->active()) continue;
        if (const auto* const found = model->system_class(number)) return found;
    }
    return nullptr;
}

// Who has no room for all of it is told how much there is; behind what is known today are ones.
Status of_newer_windows(const SystemClass& offer, void* buffer, ULONG length, ULONG* returned) {
    const ULONG more = added;
    ULONG needed = 0;
    auto answer = offer.query(nullptr, 0, &needed);
    if (length >= needed + more) {
        answer = offer.query(buffer, needed, &needed);
        if (answer == status_success) {
            std::memset(static_cast<std::byte*>(buffer) + needed, 0xFF, more);
        }
    } else if (answer == status_success) {
        answer = status_info_length_mismatch;
    }
    *returned = needed + more;
    return answer;
}

Status NTAPI query(ULONG number, void* buffer, ULONG length, ULONG* returned) {
    if (const auto* const found = offered(number)) {
        if (!found->query) return status_invalid_info_class;
        ULONG needed = 0;
        const auto answer = added == 0 || !found->grows
                                ? found->query(buffer, length, &needed)
                                : of_newer_windows(*found, buffer, length, &needed);
        if (returned) *returned = needed;
        return answer;
    }
    static const auto system = real(&query, L"ntdll.dll", "NtQuerySystemInformation");
    return system(number, buffer, length, returned);
}

// Setting is never left to the system: Wine says yes to everything, and a test on real Windows
// that set a class without a model would change the machine.
Status NTAPI set(ULONG number, void* buffer, ULONG length) {
    const auto* const found = offered(number);
    return found && found->set ? found->set(buffer, length) : status_invalid_info_class;
}

const Service services[] = {
    {"ntdll.dll", "NtQuerySystemInformation", &query},
    {"ntdll.dll", "NtSetSystemInformation", &set},
};
const Model model{"system_information", &reset, services};

}  // namespace
}  // namespace ntlab

extern "C" {

// From now on, a Windows whose answers are longer by so many bytes.
__declspec(dllexport) void system_information_grow(std::uint32_t bytes) {
    ntlab::added = bytes;
}

}  // extern "C"
