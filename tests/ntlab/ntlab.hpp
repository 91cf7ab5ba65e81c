// ntlab: what a model needs from the engine. A model answers, as strictly as Windows, for
// functions that this host fakes or lacks.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstdint>
#include <span>

namespace ntlab {

using Status = LONG;          // NTSTATUS: below zero is failure
using Function = void (*)();  // any function, its type forgotten

constexpr Status status(std::uint32_t number) {
    return static_cast<Status>(number);
}

inline constexpr Status status_success = 0;
inline constexpr Status status_invalid_info_class = status(0xC0000003);
inline constexpr Status status_info_length_mismatch = status(0xC0000004);
inline constexpr Status status_access_violation = status(0xC0000005);
inline constexpr Status status_invalid_handle = status(0xC0000008);
inline constexpr Status status_invalid_parameter = status(0xC000000D);
inline constexpr Status status_access_denied = status(0xC0000022);
inline constexpr Status status_buffer_too_small = status(0xC0000023);
inline constexpr Status status_no_such_privilege = status(0xC0000060);
inline constexpr Status status_privilege_not_held = status(0xC0000061);
inline constexpr Status status_insufficient_resources = status(0xC000009A);

// One function that a model answers for, while the model is active. `dll` is the one that exports
// it on Windows: a look-up in any other is refused as Windows would refuse it.
struct Service {
    template <typename Signature>
    Service(const char* dll_name, const char* name_, Signature* function_)
        : dll(dll_name), name(name_), function(reinterpret_cast<Function>(function_)) {}

    const char* dll;
    const char* name;
    Function function;
};

// One class of NtQuerySystemInformation and NtSetSystemInformation; a null half is 0xC0000003.
struct SystemClass {
    ULONG number;
    Status (*query)(void* buffer, ULONG length, ULONG* returned);
    Status (*set)(void* buffer, ULONG length);
    bool grows = true;  // with the answers of newer Windows; what holds a question does not
};

// What one noun answers for. Make one at the end of model_<noun>.cpp: it registers itself. `reset`
// brings back the state a test starts from; `needs` names another model, or nothing.
class Model {
public:
    Model(const char* name, void (*reset)(), std::span<const Service> services,
          std::span<const SystemClass> classes = {}, const char* needs = nullptr) noexcept;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    [[nodiscard]] bool active() const noexcept { return active_.load(std::memory_order_relaxed); }
    [[nodiscard]] Function service(const char* name) const noexcept;
    [[nodiscard]] const SystemClass* system_class(ULONG number) const noexcept;

    static const Model* first() noexcept;
    [[nodiscard]] const Model* next() const noexcept { return next_; }

    const char* const name;
    void (*const reset)();
    const std::span<const Service> services;
    const std::span<const SystemClass> classes;
    const char* const needs;

private:
    friend bool activate(const char* model) noexcept;
    friend void deactivate_all() noexcept;

    const Model* next_;
    mutable std::atomic<bool> active_{false};
};

bool activate(const char* model) noexcept;  // false where there is none of that name
void deactivate_all() noexcept;

// What a model's function passes a call on to that is none of its business: the function of the
// next active model that answers for it too, else the system's. It asks the loader, so no model
// holds its lock meanwhile: a thread that ends holds the loader's, and closes handles.
Function beyond(const char* name, Function mine) noexcept;

template <typename Signature>
Signature* beyond(const char* name, Signature* mine) noexcept {
    return reinterpret_cast<Signature*>(beyond(name, reinterpret_cast<Function>(mine)));
}

// The function of the system itself, under the type of `like`; nullptr where it is missing.
// What this DLL imports is never hooked, so a model may call Windows as anyone does.
template <typename Signature>
Signature* real(Signature*, const wchar_t* dll, const char* name) noexcept {
    return reinterpret_cast<Signature*>(
        reinterpret_cast<Function>(GetProcAddress(GetModuleHandleW(dll), name)));
}

// Holds the lock of a model's state: the functions of a model are called from any thread.
class Locked {
public:
    explicit Locked(SRWLOCK& lock) noexcept : lock_(lock) { AcquireSRWLockExclusive(&lock_); }
    ~Locked() { ReleaseSRWLockExclusive(&lock_); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

private:
    SRWLOCK& lock_;
};

// A failing answer of the Win32 kind: `return refuse(ERROR_INVALID_PARAMETER);`
inline int refuse(DWORD code) noexcept {
    SetLastError(code);
    return 0;
}

}  // namespace ntlab
