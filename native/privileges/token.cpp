// privileges/token: what the process token holds, and switching it.
#include "native/privileges/token.hpp"

#include <windows.h>

#include "native/error.hpp"

namespace ntpages {
namespace {

Handle process_token(DWORD access) {
    HANDLE token = nullptr;
    check(OpenProcessToken(GetCurrentProcess(), access, &token), "OpenProcessToken");
    return Handle(token);
}

// Whatever GetTokenInformation has to say of one class, however long.
std::vector<std::byte> token_information(HANDLE token, TOKEN_INFORMATION_CLASS what) {
    DWORD size = 0;
    if (!GetTokenInformation(token, what, nullptr, 0, &size)) {
        const auto code = GetLastError();
        if (code != ERROR_INSUFFICIENT_BUFFER && code != ERROR_BAD_LENGTH) {
            fail("GetTokenInformation", code);
        }
    }
    std::vector<std::byte> buffer(size);
    check(GetTokenInformation(token, what, buffer.data(), size, &size), "GetTokenInformation");
    return buffer;
}

std::string privilege_name(LUID luid) {
    wchar_t name[128];
    DWORD length = 128;
    // A privilege newer than the lookup table has a number and no name.
    if (!LookupPrivilegeNameW(nullptr, &luid, name, &length)) {
        return "privilege " + std::to_string(luid.LowPart);
    }
    return utf8(name, length);
}

}  // namespace

LUID privilege_luid(const std::string& name) {
    LUID luid{};
    if (!LookupPrivilegeValueW(nullptr, utf16(name).c_str(), &luid)) {
        fail("LookupPrivilegeValueW", GetLastError(), name);
    }
    return luid;
}

std::vector<Privilege> held_privileges() {
    const auto token = process_token(TOKEN_QUERY);
    const auto buffer = token_information(token.get(), TokenPrivileges);
    const auto& found = *reinterpret_cast<const TOKEN_PRIVILEGES*>(buffer.data());
    std::vector<Privilege> held;
    held.reserve(found.PrivilegeCount);
    for (DWORD i = 0; i < found.PrivilegeCount; ++i) {
        const auto [luid, attributes] = found.Privileges[i];
        auto& privilege = held.emplace_back();
        privilege.name = privilege_name(luid);
        privilege.enabled = (attributes & SE_PRIVILEGE_ENABLED) != 0;
        privilege.enabled_by_default = (attributes & SE_PRIVILEGE_ENABLED_BY_DEFAULT) != 0;
        privilege.removed = (attributes & SE_PRIVILEGE_REMOVED) != 0;
    }
    return held;
}

bool switch_privilege(const std::string& name, bool enable) {
    TOKEN_PRIVILEGES wanted{};
    wanted.PrivilegeCount = 1;
    wanted.Privileges[0].Luid = privilege_luid(name);
    wanted.Privileges[0].Attributes = enable ? SE_PRIVILEGE_ENABLED : 0;
    const auto token = process_token(TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY);
    TOKEN_PRIVILEGES previous{};
    DWORD size = sizeof(previous);
    const auto adjusted =
        AdjustTokenPrivileges(token.get(), FALSE, &wanted, sizeof(previous), &previous, &size);
    // The one call whose success is no success: it "succeeds" having enabled nothing.
    const auto code = GetLastError();
    if (!adjusted || code != ERROR_SUCCESS) fail("AdjustTokenPrivileges", code, name);
    const auto changed = previous.PrivilegeCount == 1;  // lists only what this call changed
    return changed ? (previous.Privileges[0].Attributes & SE_PRIVILEGE_ENABLED) != 0 : enable;
}

bool is_elevated() {
    const auto token = process_token(TOKEN_QUERY);
    TOKEN_ELEVATION elevation{};
    DWORD size = 0;
    check(GetTokenInformation(token.get(), TokenElevation, &elevation, sizeof(elevation), &size),
          "GetTokenInformation");
    return elevation.TokenIsElevated != 0;
}

std::vector<std::byte> own_sid() {
    const auto token = process_token(TOKEN_QUERY);
    const auto buffer = token_information(token.get(), TokenUser);
    auto* const sid = reinterpret_cast<const TOKEN_USER*>(buffer.data())->User.Sid;
    const auto* const bytes = static_cast<const std::byte*>(sid);
    return {bytes, bytes + GetLengthSid(sid)};
}

}  // namespace ntpages
