// model_events: the kernel's own conditions of memory, as events that are opened by name and set by
// a test. Wine has two of the five. Sources: "Standard event objects" of the driver kit; that
// everybody may wait for them, and only the kernel set them, is assumed.
#include <array>
#include <string_view>

#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::wstring_view folder = L"\\KernelObjects\\";
constexpr std::array<std::wstring_view, 9> names{
    L"LowMemoryCondition",     L"HighMemoryCondition",      L"LowPagedPoolCondition",
    L"HighPagedPoolCondition", L"LowNonPagedPoolCondition", L"HighNonPagedPoolCondition",
    L"LowCommitCondition",     L"HighCommitCondition",      L"MaximumCommitCondition"};
constexpr ACCESS_MASK for_everybody = SYNCHRONIZE | READ_CONTROL | 1;  // EVENT_QUERY_STATE

constexpr Status status_object_name_not_found = status(0xC0000034);

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<HANDLE, names.size()> events{};

// The events stay from one test to the next: nobody has them but who opens them.
void reset() noexcept {
    const Locked locked(lock);
    for (auto& event : events) {
        if (!event) event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
        ResetEvent(event);
    }
}

struct Text {  // UNICODE_STRING
    USHORT size;
    USHORT room;
    const wchar_t* characters;
};

struct Attributes {  // OBJECT_ATTRIBUTES
    ULONG length;
    HANDLE root;
    const Text* name;
    ULONG attributes;
    void* security;
    void* quality;
};

bool same(std::wstring_view one, std::wstring_view other) noexcept {
    return CompareStringOrdinal(one.data(), static_cast<int>(one.size()), other.data(),
                                static_cast<int>(other.size()), TRUE) == CSTR_EQUAL;
}

Status NTAPI open(HANDLE* to, ACCESS_MASK access, const Attributes* attributes) {
    if (!to || !attributes) return status_access_violation;
    if (attributes->length != sizeof(Attributes)) return status_invalid_parameter;
    if (!attributes->name) return status_object_name_not_found;
    const std::wstring_view path{attributes->name->characters,
                                 attributes->name->size / sizeof(wchar_t)};
    if (attributes->root || !same(path.substr(0, folder.size()), folder)) {
        return beyond("NtOpenEvent", &open)(to, access, attributes);
    }
    const auto name = path.substr(folder.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!same(name, names[i])) continue;
        if ((access & ~for_everybody) != 0) return status_access_denied;
        const Locked locked(lock);
        const auto me = GetCurrentProcess();
        return DuplicateHandle(me, events[i], me, to, access, FALSE, 0)
                   ? status_success
                   : status_insufficient_resources;
    }
    return status_object_name_not_found;
}

const Service services[] = {{"ntdll.dll", "NtOpenEvent", &open}};
const Model model{"events", &reset, services};

}  // namespace
}  // namespace ntlab

extern "C" {

// Whether there is a condition of this name; it holds from now on, or holds no more.
__declspec(dllexport) int events_hold(const wchar_t* name, int held) {
    const ntlab::Locked locked(ntlab::lock);
    for (std::size_t i = 0; i < ntlab::names.size(); ++i) {
        if (!ntlab::same(name, ntlab::names[i])) continue;
        return held != 0 ? SetEvent(ntlab::events[i]) : ResetEvent(ntlab::events[i]);
    }
    return 0;
}

}  // extern "C"
