// error: the one error type for a failed Windows call, and the ways a call reports failure.
#pragma once

#include <windows.h>

#include <stdexcept>
#include <string>

namespace ntpages {

using Status = LONG;  // NTSTATUS: below zero is failure

// A call that Windows refused. Codes travel as codes; the text is looked up when Python asks.
struct Error : std::runtime_error {
    Error(const char* call, DWORD win32, Status nt, std::string about = {})
        : std::runtime_error(call), code(win32), status(nt), subject(std::move(about)) {}

    DWORD code;           // Win32 error, 0 if none
    Status status;        // NTSTATUS, 0 if none
    std::string subject;  // what the call was about (a privilege, a file), empty if nothing to add
};

// A process id that names nobody, or a process that has exited.
struct NoSuchProcess : std::runtime_error {
    NoSuchProcess(const char* call, DWORD id, DWORD win32)
        : std::runtime_error(call), pid(id), code(win32) {}

    DWORD pid;
    DWORD code;  // Win32 error, 0 if the call itself had nothing to say
};

// A function that this Windows does not export.
struct Missing : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A resource used after close().
struct Closed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A resource that can't be freed or changed because somebody uses it.
struct InUse : std::runtime_error {
    explicit InUse(const char* resource, const char* way_out = "release its views first")
        : std::runtime_error(resource), remedy(way_out) {}

    const char* remedy;
};

// Memory that can't be lent in the state it is in; the message says why.
struct NotLendable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[noreturn]] void fail(const char* call, DWORD code = GetLastError(), std::string subject = {});
[[noreturn]] void fail_status(const char* call, Status status, std::string subject = {});

// BOOL, pointer and HANDLE results: falsy means "ask GetLastError()".
template <typename Result>
Result check(Result result, const char* call) {
    if (!result) fail(call);
    return result;
}

// NTSTATUS results.
inline void check_status(Status status, const char* call) {
    if (status < 0) fail_status(call, status);
}

// Win32 functions that return their error code instead of setting it (offer, reclaim, discard).
inline void check_code(DWORD code, const char* call) {
    if (code != ERROR_SUCCESS) fail(call, code);
}

// The system's own words for a Win32 error, or for an NTSTATUS where code is 0. UTF-8.
std::string system_text(DWORD code, Status status);

// UTF-8 from what Windows hands out. Lone surrogates become U+FFFD.
std::string utf8(const wchar_t* text, std::size_t length);
std::wstring utf16(const std::string& text);

}  // namespace ntpages
