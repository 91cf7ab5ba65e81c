// model_regions_app: the calls that app containers make for memory, and what they refuse. Wine 8
// lacks the last of them.
// Source: Microsoft's reference pages, which say what "generates an error"; that it is 87 is Wine's
// reading of it. That of code in a container is STATUS_DYNAMIC_CODE_BLOCKED of the mitigation.
#include <windows.h>

#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr DWORD writable_code = PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
constexpr DWORD code = writable_code | PAGE_EXECUTE | PAGE_EXECUTE_READ;
constexpr DWORD dynamic_code_blocked = 1655;  // ERROR_DYNAMIC_CODE_BLOCKED

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit bool may_generate_code = true;

void reset() noexcept {
    const Locked locked(lock);
    may_generate_code = true;
}

// Whichever model answers for the call that programs outside of containers make.
template <typename Signature>
Signature* outside(const char* name, Signature* like) noexcept {
    for (const auto* model = Model::first(); model; model = model->next()) {
        if (!model->active()) continue;
        if (const auto found = model->service(name)) return reinterpret_cast<Signature*>(found);
    }
    return real(like, L"kernelbase.dll", name);
}

void* refused(DWORD number) noexcept {
    SetLastError(number);
    return nullptr;
}

void* WINAPI allocate(void* address, SIZE_T size, ULONG type, ULONG protection) {
    if ((protection & code) != 0) return refused(ERROR_INVALID_PARAMETER);
    return outside("VirtualAlloc", &VirtualAlloc)(address, size, type, protection);
}

using Allocate2 = void* WINAPI(HANDLE, void*, SIZE_T, ULONG, ULONG, void*, ULONG);

void* WINAPI allocate2(HANDLE process, void* address, SIZE_T size, ULONG type, ULONG protection,
                       void* parameters, ULONG count) {
    if ((protection & code) != 0) return refused(ERROR_INVALID_PARAMETER);
    if (process && process != GetCurrentProcess()) return refused(ERROR_INVALID_PARAMETER);
    auto* const next = outside("VirtualAlloc2", static_cast<Allocate2*>(nullptr));
    if (!next) return refused(ERROR_PROC_NOT_FOUND);
    return next(process, address, size, type, protection, parameters, count);
}

BOOL WINAPI protect(void* address, SIZE_T size, ULONG protection, ULONG* old) {
    if ((protection & writable_code) != 0) return refuse(ERROR_INVALID_PARAMETER);
    {
        const Locked locked(lock);
        if ((protection & code) != 0 && !may_generate_code) return refuse(dynamic_code_blocked);
    }
    return outside("VirtualProtect", &VirtualProtect)(address, size, protection, old);
}

const Service services[] = {
    {"kernelbase.dll", "VirtualAllocFromApp", &allocate},
    {"kernelbase.dll", "VirtualAlloc2FromApp", &allocate2},
    {"kernelbase.dll", "VirtualProtectFromApp", &protect},
};
const Model model{"regions_app", &reset, services};

}  // namespace
}  // namespace ntlab

extern "C" {

// Whether the container has the codeGeneration capability, or there is none.
__declspec(dllexport) void regions_app_code(int allowed) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::may_generate_code = allowed != 0;
}

}  // extern "C"
