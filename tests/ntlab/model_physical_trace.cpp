// model_physical_trace: the kernel's tracing of file names. A session writes a log; when it is
// stopped, an event for each open file. Source: learn.microsoft.com, FileIo class, StartTrace,
// ControlTrace, OpenTrace, ProcessTrace, System Trace Provider.
#include <windows.h>
// They need windows.h before them.
#include <evntcons.h>
#include <evntrace.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <cwchar>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t longest = 260;
constexpr std::size_t most_sessions = 8;  // of the kernel's own events
constexpr GUID file_io = {
    0x90CBDC39, 0x4A3E, 0x11D1, {0x84, 0xF4, 0x00, 0x00, 0xF8, 0x04, 0x64, 0xE3}};
constexpr ULONG64 nobody = ~ULONG64{0};

struct Session {
    std::array<wchar_t, longest> name, log;
    ULONG flags;
};
struct File {
    std::uint64_t key;
    std::array<wchar_t, longest> path;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Session, most_sessions> sessions{};
constinit std::array<wchar_t, longest> written{};  // the log of the session that ended last
constinit bool has_names = false;                  // whether files are named there
constinit std::array<File, 16> files{};
constinit std::size_t file_count = 0;
constinit PEVENT_RECORD_CALLBACK reader = nullptr;  // of the one log that is open
constinit void* context = nullptr;
constinit std::uint32_t opened = 0;

void reset() noexcept {
    const Locked locked(lock);
    sessions = {};
    written = {};
    has_names = false;
    file_count = 0;
    reader = nullptr;
    opened = 0;
}

const wchar_t* text_at(const EVENT_TRACE_PROPERTIES& asked, ULONG offset) noexcept {
    if (offset < sizeof asked || offset >= asked.Wnode.BufferSize) return nullptr;
    return reinterpret_cast<const wchar_t*>(reinterpret_cast<const std::byte*>(&asked) + offset);
}

Session* session_of(const wchar_t* name) noexcept {
    const auto found = std::ranges::find_if(sessions, [=](const Session& each) {
        return each.name[0] != 0 && std::wcscmp(each.name.data(), name) == 0;
    });
    return found == sessions.end() ? nullptr : &*found;
}

ULONG WINAPI start_trace(ULONG64* handle, const wchar_t* name, EVENT_TRACE_PROPERTIES* asked) {
    if (!handle || !name || !asked || std::wcslen(name) >= longest) {
        return ERROR_INVALID_PARAMETER;
    }
    if (asked->Wnode.BufferSize < sizeof *asked) return ERROR_BAD_LENGTH;
    if ((asked->Wnode.Flags & WNODE_FLAG_TRACED_GUID) == 0) return ERROR_INVALID_PARAMETER;
    const auto* const log = text_at(*asked, asked->LogFileNameOffset);
    if (!log || std::wcslen(log) >= longest) return ERROR_BAD_PATHNAME;
    // Without that mode these flags are for the one session that has the kernel's own name.
    const auto of_kernel = (asked->LogFileMode & EVENT_TRACE_SYSTEM_LOGGER_MODE) != 0;
    if (asked->EnableFlags != 0 && !of_kernel) return ERROR_INVALID_PARAMETER;
    if (!token_elevated()) return ERROR_ACCESS_DENIED;
    const Locked locked(lock);
    if (session_of(name)) return ERROR_ALREADY_EXISTS;
    const auto free =
        std::ranges::find_if(sessions, [](const Session& each) { return each.name[0] == 0; });
    if (free == sessions.end()) return ERROR_NO_SYSTEM_RESOURCES;
    std::wcscpy(free->name.data(), name);
    std::wcscpy(free->log.data(), log);
    free->flags = asked->EnableFlags;
    *handle = static_cast<ULONG64>(free - sessions.begin()) + 1;
    return ERROR_SUCCESS;
}

// By name alone.
ULONG WINAPI control_trace(ULONG64 handle, const wchar_t* name, EVENT_TRACE_PROPERTIES* asked,
                           ULONG command) {
    if (handle != 0 || !name || !asked || command != EVENT_TRACE_CONTROL_STOP) {
        return ERROR_INVALID_PARAMETER;
    }
    if (asked->Wnode.BufferSize < sizeof *asked) return ERROR_BAD_LENGTH;
    const Locked locked(lock);
    auto* const session = session_of(name);
    if (!session) return ERROR_WMI_INSTANCE_NOT_FOUND;
    written = session->log;
    has_names = (session->flags & EVENT_TRACE_FLAG_DISK_FILE_IO) != 0;
    *session = {};
    return ERROR_SUCCESS;
}

ULONG64 WINAPI open_trace(EVENT_TRACE_LOGFILEW* file) {
    const auto of_records = file && (file->ProcessTraceMode & PROCESS_TRACE_MODE_EVENT_RECORD) != 0;
    if (!of_records || !file->LogFileName || !file->EventRecordCallback) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return nobody;
    }
    const Locked locked(lock);
    if (std::wcscmp(file->LogFileName, written.data()) != 0) {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return nobody;
    }
    reader = file->EventRecordCallback;
    context = file->Context;
    return ++opened;
}

void tell(const GUID& provider, UCHAR kind, const void* data, std::size_t size) {
    EVENT_RECORD event{};
    event.EventHeader.ProviderId = provider;
    event.EventHeader.EventDescriptor.Opcode = kind;
    event.UserData = const_cast<void*>(data);
    event.UserDataLength = static_cast<USHORT>(size);
    event.UserContext = context;
    reader(&event);
}

// The head of the log first, as always; then a file that is deleted, and all that are open.
ULONG WINAPI process_trace(ULONG64* handles, ULONG count, FILETIME*, FILETIME*) {
    constexpr GUID head = {
        0x68FDD900, 0x4A3E, 0x11D1, {0x84, 0xF4, 0x00, 0x00, 0xF8, 0x04, 0x64, 0xE3}};
    if (!handles || count != 1 || *handles != opened || !reader) return ERROR_INVALID_HANDLE;
    tell(head, 0, &head, sizeof head);
    if (!has_names) return ERROR_SUCCESS;
    alignas(8) std::array<std::byte, sizeof(std::uint64_t) + longest * sizeof(wchar_t)> data{};
    for (std::size_t i = 0; i < file_count; ++i) {
        const auto length = (std::wcslen(files[i].path.data()) + 1) * sizeof(wchar_t);
        std::memcpy(data.data(), &files[i].key, sizeof files[i].key);
        std::memcpy(data.data() + sizeof files[i].key, files[i].path.data(), length);
        constexpr UCHAR deleted = 35, open = 36;
        tell(file_io, deleted, data.data(), sizeof(std::uint64_t) - 1);
        tell(file_io, open, data.data(), sizeof(std::uint64_t) + length);
    }
    return ERROR_SUCCESS;
}

ULONG WINAPI close_trace(ULONG64 handle) {
    const Locked locked(lock);
    if (handle != opened || !reader) return ERROR_INVALID_HANDLE;
    reader = nullptr;
    return ERROR_SUCCESS;
}

const Service services[] = {
    {"advapi32.dll", "StartTraceW", &start_trace},
    {"advapi32.dll", "ControlTraceW", &control_trace},
    {"advapi32.dll", "OpenTraceW", &open_trace},
    {"advapi32.dll", "ProcessTrace", &process_trace},
    {"advapi32.dll", "CloseTrace", &close_trace},
};
const Model model{"physical_trace", &reset, services, {}, "privileges"};

}  // namespace
}  // namespace ntlab

extern "C" {

using namespace ntlab;

// Has this file open; false where there is no room for it.
__declspec(dllexport) int physical_open(std::uint64_t key, const wchar_t* path) {
    const Locked locked(lock);
    if (file_count == files.size() || std::wcslen(path) >= longest) return 0;
    files[file_count].key = key;
    std::wcscpy(files[file_count++].path.data(), path);
    return 1;
}

// How many sessions there are.
__declspec(dllexport) int physical_sessions() {
    const Locked locked(lock);
    return static_cast<int>(
        std::ranges::count_if(sessions, [](const Session& each) { return each.name[0] != 0; }));
}

}  // extern "C"
