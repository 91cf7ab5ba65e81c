// model_volumes: the volumes of the modelled machine, and flushing them.
// A volume's handle is an event of the system, so that its closing is checked and counted.
#include <algorithm>
#include <array>
#include <cwchar>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

struct Volume {
    const wchar_t* name;  // as FindFirstVolumeW says it
    UINT type;
    DWORD refusal;  // of being flushed
};

constexpr std::array<Volume, 5> volumes{{
    {L"\\\\?\\Volume{00000000-0000-0000-0000-000000000001}\\", DRIVE_FIXED, ERROR_SUCCESS},
    {L"\\\\?\\Volume{00000000-0000-0000-0000-000000000002}\\", DRIVE_FIXED, ERROR_SUCCESS},
    {L"\\\\?\\Volume{00000000-0000-0000-0000-000000000003}\\", DRIVE_CDROM, ERROR_WRITE_PROTECT},
    // A partition whose file system Windows does not know, as another system's is; and a stick that
    // BitLocker keeps locked (FVE_E_LOCKED_VOLUME). The codes are assumed.
    {L"\\\\?\\Volume{00000000-0000-0000-0000-000000000004}\\", DRIVE_FIXED, ERROR_INVALID_FUNCTION},
    {L"\\\\?\\Volume{00000000-0000-0000-0000-000000000005}\\", DRIVE_REMOVABLE, 0x80310000},
}};

struct Opened {
    HANDLE handle;
    std::size_t volume;
    bool to_write;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Opened, 16> opened{};
constinit std::size_t next_opened = 0;
constinit std::array<std::uint32_t, volumes.size()> flushes{};
constinit std::array<std::size_t, 8> searches{};  // the next volume to name; 0 is a free search

void reset() noexcept {
    const Locked locked(lock);
    opened = {};
    flushes = {};
    searches = {};
}

BOOL name_volume(std::size_t volume, wchar_t* name, DWORD length) {
    if (volume >= volumes.size()) return refuse(ERROR_NO_MORE_FILES);
    const auto needed = std::wcslen(volumes[volume].name) + 1;
    if (length < needed) return refuse(ERROR_FILENAME_EXCED_RANGE);
    std::wmemcpy(name, volumes[volume].name, needed);
    return TRUE;
}

std::size_t* search_of(HANDLE handle) noexcept {
    const auto found = std::ranges::find_if(
        searches, [&](const std::size_t& each) { return &each == handle && each != 0; });
    return found == searches.end() ? nullptr : &*found;
}

HANDLE WINAPI find_first(wchar_t* name, DWORD length) {
    const Locked locked(lock);
    const auto search = std::ranges::find(searches, std::size_t{0});
    if (search == searches.end()) {
        refuse(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    if (!name_volume(0, name, length)) return INVALID_HANDLE_VALUE;
    *search = 1;
    return &*search;
}

BOOL WINAPI find_next(HANDLE handle, wchar_t* name, DWORD length) {
    const Locked locked(lock);
    auto* const search = search_of(handle);
    if (!search) return refuse(ERROR_INVALID_HANDLE);
    const auto named = name_volume(*search, name, length);
    if (named) ++*search;
    return named;
}

BOOL WINAPI find_close(HANDLE handle) {
    const Locked locked(lock);
    auto* const search = search_of(handle);
    if (!search) return refuse(ERROR_INVALID_HANDLE);
    *search = 0;
    return TRUE;
}

UINT WINAPI drive_type(const wchar_t* root) {
    for (const auto& volume : volumes) {
        if (root && std::wcscmp(root, volume.name) == 0) return volume.type;
    }
    return GetDriveTypeW(root);
}

// The volume of a device path, which is its name without the last backslash.
std::size_t volume_at(const wchar_t* path) noexcept {
    const auto length = path ? std::wcslen(path) : 0;
    const auto found = std::ranges::find_if(volumes, [&](const Volume& volume) {
        return std::wcslen(volume.name) == length + 1 &&
               std::wmemcmp(volume.name, path, length) == 0;
    });
    return static_cast<std::size_t>(found - volumes.begin());
}

HANDLE WINAPI create_file(const wchar_t* path, DWORD access, DWORD share,
                          SECURITY_ATTRIBUTES* security, DWORD disposition, DWORD flags,
                          HANDLE like) {
    const auto volume = volume_at(path);
    if (volume == volumes.size()) {
        return CreateFileW(path, access, share, security, disposition, flags, like);
    }
    const auto shared =
        (share & (FILE_SHARE_READ | FILE_SHARE_WRITE)) == (FILE_SHARE_READ | FILE_SHARE_WRITE);
    DWORD code = ERROR_SUCCESS;
    if (disposition != OPEN_EXISTING)
        code = ERROR_INVALID_PARAMETER;
    else if (!token_elevated())
        code = ERROR_ACCESS_DENIED;
    else if (!shared)
        code = ERROR_SHARING_VIOLATION;  // a mounted volume is in use
    if (code != ERROR_SUCCESS) {
        refuse(code);
        return INVALID_HANDLE_VALUE;
    }
    const auto handle = CreateEventW(security, FALSE, FALSE, nullptr);
    if (!handle) return INVALID_HANDLE_VALUE;
    const Locked locked(lock);
    for (auto& stale : opened) {
        if (stale.handle == handle) stale = {};  // closed since, and the number given out again
    }
    opened[next_opened++ % opened.size()] = {handle, volume,
                                             (access & (GENERIC_WRITE | FILE_WRITE_DATA)) != 0};
    return handle;
}

BOOL WINAPI flush(HANDLE handle) {
    const Locked locked(lock);
    const auto found = std::ranges::find_if(
        opened, [&](const Opened& each) { return each.handle && each.handle == handle; });
    if (found == opened.end()) return FlushFileBuffers(handle);
    DWORD flags = 0;
    if (!GetHandleInformation(handle, &flags)) return refuse(ERROR_INVALID_HANDLE);
    if (!found->to_write) return refuse(ERROR_ACCESS_DENIED);
    if (const auto code = volumes[found->volume].refusal) return refuse(code);
    ++flushes[found->volume];
    return TRUE;
}

const Service services[] = {
    {"kernel32.dll", "FindFirstVolumeW", &find_first},
    {"kernel32.dll", "FindNextVolumeW", &find_next},
    {"kernel32.dll", "FindVolumeClose", &find_close},
    {"kernel32.dll", "GetDriveTypeW", &drive_type},
    {"kernel32.dll", "CreateFileW", &create_file},
    {"kernel32.dll", "FlushFileBuffers", &flush},
};
const Model model{"volumes", &reset, services, {}, "privileges"};

}  // namespace
}  // namespace ntlab

extern "C" {

__declspec(dllexport) std::uint32_t volumes_flushes(std::uint32_t volume) {
    const ntlab::Locked locked(ntlab::lock);
    return ntlab::flushes[volume];
}

__declspec(dllexport) std::uint32_t volumes_searching() {
    const ntlab::Locked locked(ntlab::lock);
    return static_cast<std::uint32_t>(
        ntlab::searches.size() -
        static_cast<std::size_t>(std::ranges::count(ntlab::searches, std::size_t{0})));
}

}  // extern "C"
