// nt: what no SDK header has, and what several rooms use of it; the rest is in nt_<noun>.hpp. Every
// number carries its source; every layout is checked where it is written.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "native/error.hpp"
#include "native/handle.hpp"

namespace ntpages::nt {

// The address of an export, or nullptr. Asks GetModuleHandle only: it loads no library by name, so
// no file can be planted for it to run.
FARPROC find(const wchar_t* module, const char* name) noexcept;

template <typename Signature>
class Import;

// A function looked up on first call, then remembered. Safe to call from any thread. It takes just
// what the function takes, so that a constant is converted where the compiler sees that it fits.
template <typename Result, typename... Args>
class Import<Result(Args...)> {
public:
    using Signature = Result(Args...);

    constexpr Import(const wchar_t* module, const char* name) : module_(module), name_(name) {}

    Result operator()(Args... args) const {
        auto* function = resolve();
        if (!function) throw Missing(name_);
        return function(args...);
    }

    // Nullptr where this Windows lacks it.
    Signature* resolve() const noexcept {
        auto* found = address_.load(std::memory_order_acquire);
        if (!found) {
            // Through void(*)(), the one function pointer that compilers let become any other.
            found =
                reinterpret_cast<Signature*>(reinterpret_cast<void (*)()>(find(module_, name_)));
            address_.store(found, std::memory_order_release);
        }
        return found;
    }

    explicit operator bool() const noexcept { return resolve() != nullptr; }

private:
    const wchar_t* module_;
    const char* name_;
    mutable std::atomic<Signature*> address_{nullptr};
};

// ---- Calls shared by several rooms. Source: System Informer phnt, ntexapi.h, ntrtl.h ----------

inline constinit Import<Status NTAPI(ULONG, void*, ULONG, ULONG*)> query_system_information{
    L"ntdll.dll", "NtQuerySystemInformation"};
inline constinit Import<Status NTAPI(ULONG, void*, ULONG)> set_system_information{
    L"ntdll.dll", "NtSetSystemInformation"};
inline constinit Import<ULONG NTAPI(Status)> status_to_dos_error{L"ntdll.dll",
                                                                 "RtlNtStatusToDosError"};
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*, ULONG, ULONG*)>
    query_information_process{L"ntdll.dll", "NtQueryInformationProcess"};
// Exported by Wine alone.
inline constinit Import<const char*()> wine_get_version{L"ntdll.dll", "wine_get_version"};

// What the kernel said of a class of system information, and how many bytes of it are known.
struct SystemAnswer {
    Status status;
    std::size_t filled;
};

// Fills as much of a structure as this Windows knows; the rest stays as it was. A newer one may ask
// for room for what it has added.
SystemAnswer query_system(ULONG information, void* to, std::size_t size);

inline constexpr Status status_info_length_mismatch = static_cast<Status>(0xC0000004);
inline constexpr Status status_no_more_entries = static_cast<Status>(0x8000001A);
inline constexpr Status status_privilege_not_held = static_cast<Status>(0xC0000061);

}  // namespace ntpages::nt
