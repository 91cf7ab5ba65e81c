// error: from NTSTATUS to Win32 codes and the system's own words.
#include "native/error.hpp"

#include "native/nt.hpp"

namespace ntpages {

void fail(const char* call, DWORD code, std::string subject) {
    throw Error(call, code, 0, std::move(subject));
}

void fail_status(const char* call, Status status, std::string subject) {
    throw Error(call, nt::status_to_dos_error(status), status, std::move(subject));
}

std::string system_text(DWORD code, Status status) {
    // ntdll carries the texts of NTSTATUS values in its own message table, also of one that was
    // handed on as a code. HRESULTs look alike, and the system has their texts.
    constexpr DWORD first_of_either = 0x8000'0000;
    const auto unmapped = code == 0 || code == ERROR_MR_MID_NOT_FOUND;
    const auto number = unmapped ? static_cast<DWORD>(status) : code;
    DWORD source = unmapped ? FORMAT_MESSAGE_FROM_HMODULE : FORMAT_MESSAGE_FROM_SYSTEM;
    if (code >= first_of_either) source |= FORMAT_MESSAGE_FROM_HMODULE;
    wchar_t* text = nullptr;
    const auto length = FormatMessageW(
        FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_IGNORE_INSERTS | source,
        GetModuleHandleW(L"ntdll.dll"), number, 0, reinterpret_cast<wchar_t*>(&text), 0, nullptr);
    const LocalMemory owner(text);
    try {
        auto words = utf8(text, length);
        const auto end = words.find_last_not_of(" \r\n");
        words.resize(end == std::string::npos ? 0 : end + 1);
        return words;
    } catch (const Error&) {
        return {};  // the error on its way out matters more than its words
    }
}

std::string utf8(const wchar_t* text, std::size_t length) {
    if (length == 0) return {};
    const auto wide = static_cast<int>(length);
    const auto convert = [&](char* to, int room) {
        return check(WideCharToMultiByte(CP_UTF8, 0, text, wide, to, room, nullptr, nullptr),
                     "WideCharToMultiByte");
    };
    const auto size = convert(nullptr, 0);
    std::string result(static_cast<std::size_t>(size), '\0');
    convert(result.data(), size);
    return result;
}

std::wstring utf16(const std::string& text) {
    if (text.empty()) return {};
    const auto narrow = static_cast<int>(text.size());
    const auto convert = [&](wchar_t* to, int room) {
        return check(MultiByteToWideChar(CP_UTF8, 0, text.data(), narrow, to, room),
                     "MultiByteToWideChar");
    };
    const auto size = convert(nullptr, 0);
    std::wstring result(static_cast<std::size_t>(size), L'\0');
    convert(result.data(), size);
    return result;
}

}  // namespace ntpages
