// hook: puts the thunks between _native and the system, linked and looked-up functions alike.
#include "hook.hpp"

#include <cstring>

namespace ntlab {
namespace {

constinit std::byte* hooked = nullptr;

template <typename Type>
Type* at(std::size_t offset) noexcept {
    return reinterpret_cast<Type*>(hooked + offset);
}

const IMAGE_NT_HEADERS& headers() noexcept {
    return *at<IMAGE_NT_HEADERS>(static_cast<std::size_t>(at<IMAGE_DOS_HEADER>(0)->e_lfanew));
}

// The system's own DLLs. Python and the C runtime are left alone: they are not Windows.
bool is_system(const char* dll) noexcept {
    for (const auto* name : {"kernel32.dll", "kernelbase.dll", "advapi32.dll", "ntdll.dll",
                             "user32.dll", "shell32.dll"}) {
        if (_stricmp(dll, name) == 0) return true;
    }
    return false;
}

// Kernel32 hands what it exports on to kernelbase, which exports it too.
bool exports_from(const char* asked, const char* dll) noexcept {
    if (_stricmp(asked, dll) == 0) return true;
    return _stricmp(asked, "kernelbase.dll") == 0 && _stricmp(dll, "kernel32.dll") == 0;
}

bool modelled_in(const char* dll, const char* name) noexcept {
    for (const auto* model = Model::first(); model; model = model->next()) {
        if (!model->active()) continue;
        for (const auto& service : model->services) {
            if (std::strcmp(service.name, name) == 0 && exports_from(dll, service.dll)) return true;
        }
    }
    return false;
}

bool is_code(const void* address) noexcept {
    constexpr DWORD executable =
        PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    MEMORY_BASIC_INFORMATION region{};
    return VirtualQuery(address, &region, sizeof region) != 0 && (region.Protect & executable) != 0;
}

// The file name alone, as in "kernel32.dll".
bool name_of(HMODULE module, char (&name)[64]) noexcept {
    char path[MAX_PATH];
    const auto length = GetModuleFileNameA(module, path, sizeof path);
    if (length == 0 || length == sizeof path) return false;
    const auto* const slash = std::strrchr(path, '\\');
    return copy_name(name, slash ? slash + 1 : path);
}

// Stands in for GetProcAddress: what it finds leads through a thunk.
FARPROC WINAPI find_export(HMODULE module, const char* name) {
    const auto found = GetProcAddress(module, name);
    const auto last_error = GetLastError();
    if (found && !is_code(reinterpret_cast<const void*>(found))) return found;  // exported data
    const auto by_number = reinterpret_cast<std::uintptr_t>(name) >> 16 == 0;
    char dll[64];
    if (by_number || !name_of(module, dll) || !is_system(dll)) {
        SetLastError(last_error);
        return found;
    }

    auto* const slot = find_or_add_slot(name);
    if (slot && slot->dll[0] == '\0') copy_name(slot->dll, dll);
    const auto known = slot && !slot->hidden && (found || modelled_in(dll, name));
    if (!known) {
        SetLastError(ERROR_PROC_NOT_FOUND);
        return nullptr;
    }
    if (found) slot->original = reinterpret_cast<Function>(found);
    SetLastError(last_error);
    return reinterpret_cast<FARPROC>(slot->thunk);
}

DWORD hook_imports_from(const IMAGE_IMPORT_DESCRIPTOR& library) noexcept {
    const auto* names = at<IMAGE_THUNK_DATA>(library.OriginalFirstThunk);
    auto* addresses = at<IMAGE_THUNK_DATA>(library.FirstThunk);
    for (; names->u1.AddressOfData != 0; ++names, ++addresses) {
        if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)) continue;
        const auto* const name =
            reinterpret_cast<const char*>(at<IMAGE_IMPORT_BY_NAME>(names->u1.AddressOfData)->Name);
        auto* const slot = find_or_add_slot(name);
        if (!slot) return ERROR_NOT_ENOUGH_MEMORY;
        copy_name(slot->dll, at<char>(library.Name));
        slot->imported = true;
        slot->original = std::strcmp(name, "GetProcAddress") == 0
                             ? reinterpret_cast<Function>(&find_export)
                             : reinterpret_cast<Function>(addresses->u1.Function);

        DWORD before = 0;
        auto* const address = &addresses->u1.Function;
        if (!VirtualProtect(address, sizeof *address, PAGE_READWRITE, &before)) {
            return GetLastError();
        }
        *address = reinterpret_cast<std::uintptr_t>(slot->thunk);
        VirtualProtect(address, sizeof *address, before, &before);
    }
    return ERROR_SUCCESS;
}

}  // namespace

DWORD hook(HMODULE module) noexcept {
    if (hooked) return ERROR_SUCCESS;
    if (!make_slots()) return ERROR_NOT_ENOUGH_MEMORY;
    hooked = reinterpret_cast<std::byte*>(module);
    const auto imports =
        headers().OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    for (auto* library = at<IMAGE_IMPORT_DESCRIPTOR>(imports); library->Name != 0; ++library) {
        if (!is_system(at<char>(library->Name))) continue;
        if (const auto failed = hook_imports_from(*library)) return failed;
    }
    return ERROR_SUCCESS;
}

void forget(const Slot& slot) noexcept {
    if (slot.imported) return;
    const auto sought = reinterpret_cast<std::uintptr_t>(slot.thunk);
    const auto& header = headers();
    const auto* section = IMAGE_FIRST_SECTION(&header);
    for (WORD left = header.FileHeader.NumberOfSections; left != 0; --left, ++section) {
        if ((section->Characteristics & IMAGE_SCN_MEM_WRITE) == 0) continue;
        auto* const words = at<std::uintptr_t>(section->VirtualAddress);
        for (std::size_t word = 0; word < section->Misc.VirtualSize / sizeof *words; ++word) {
            if (words[word] == sought) words[word] = 0;
        }
    }
}

}  // namespace ntlab
