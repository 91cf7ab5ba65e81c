// privileges/token: what the process token holds, and switching it.
#include "native/privileges/token.hpp"

#include <windows.h>
// After windows.h, which they need.
#include <ntsecapi.h>
#include <sddl.h>

#include <cstddef>
#include <cwchar>

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

LUID privilege_luid(const std::string& name) {
    LUID luid{};
    if (!LookupPrivilegeValueW(nullptr, utf16(name).c_str(), &luid)) {
        fail("LookupPrivilegeValueW", GetLastError(), name);
    }
    return luid;
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

using Sid = std::vector<std::byte>;

Sid copy_of(const void* sid) {
    const auto* bytes = static_cast<const std::byte*>(sid);
    return {bytes, bytes + GetLengthSid(const_cast<void*>(sid))};
}

Sid own_sid(HANDLE token) {
    const auto buffer = token_information(token, TokenUser);
    return copy_of(reinterpret_cast<const TOKEN_USER*>(buffer.data())->User.Sid);
}

// "S-1-5-32-544" means the administrators in every language of Windows.
Sid sid_written_as(const std::string& text) {
    PSID sid = nullptr;
    if (!ConvertStringSidToSidW(utf16(text).c_str(), &sid)) {
        fail("ConvertStringSidToSidW", GetLastError(), text);
    }
    const LocalMemory owner(sid);
    return copy_of(sid);
}

// The name of the computer, or of a domain, has a SID as well, and wins over a user's of that name.
bool is_account(SID_NAME_USE use) noexcept {
    return use == SidTypeUser || use == SidTypeGroup || use == SidTypeAlias ||
           use == SidTypeWellKnownGroup || use == SidTypeComputer;
}

Sid sid_of(const std::string& account) {
    if (account.starts_with("S-1-")) return sid_written_as(account);
    constexpr auto call = "LookupAccountNameW";
    const auto name = utf16(account);
    DWORD sid_size = 0;
    DWORD domain_length = 0;
    SID_NAME_USE use{};
    LookupAccountNameW(nullptr, name.c_str(), nullptr, &sid_size, nullptr, &domain_length, &use);
    if (GetLastError() != ERROR_INSUFFICIENT_BUFFER) fail(call, GetLastError(), account);
    Sid sid(sid_size);
    std::wstring domain(domain_length, L'\0');
    if (!LookupAccountNameW(nullptr, name.c_str(), sid.data(), &sid_size, domain.data(),
                            &domain_length, &use)) {
        fail(call, GetLastError(), account);
    }
    if (!is_account(use)) {
        fail(call, ERROR_NONE_MAPPED, account + " is no user or group: write domain\\user");
    }
    return sid;
}

std::string text_of(Sid& sid) {
    wchar_t* text = nullptr;
    check(ConvertSidToStringSidW(sid.data(), &text), "ConvertSidToStringSidW");
    const LocalMemory owner(text);
    return utf8(text, std::wcslen(text));
}

// As domain\\name; as the SID where nobody who knows the name can be asked.
std::string account_of(Sid& sid) {
    wchar_t name[257];
    wchar_t domain[257];
    DWORD name_length = 257;
    DWORD domain_length = 257;
    SID_NAME_USE use{};
    if (!LookupAccountSidW(nullptr, sid.data(), name, &name_length, domain, &domain_length, &use)) {
        return text_of(sid);
    }
    return utf8(domain, domain_length) + "\\" + utf8(name, name_length);
}

}  // namespace

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

std::string grant_privilege(const std::string& name, const std::string& account) {
    privilege_luid(name);  // an unknown name is refused here, by name
    const auto token = process_token(TOKEN_QUERY);
    auto sid = account.empty() ? own_sid(token.get()) : sid_of(account);
    auto whose = account_of(sid);  // while failing is still harmless

    LSA_OBJECT_ATTRIBUTES attributes{};
    LSA_HANDLE opened = nullptr;
    check_status(
        LsaOpenPolicy(nullptr, &attributes, POLICY_CREATE_ACCOUNT | POLICY_LOOKUP_NAMES, &opened),
        "LsaOpenPolicy");
    const std::unique_ptr<void, Closer<&LsaClose>> policy(opened);

    auto right = utf16(name);
    LSA_UNICODE_STRING rights{};
    rights.Buffer = right.data();
    rights.Length = static_cast<USHORT>(right.size() * sizeof(wchar_t));
    rights.MaximumLength = rights.Length;
    const auto status = LsaAddAccountRights(policy.get(), sid.data(), &rights, 1);
    if (status < 0) fail_status("LsaAddAccountRights", status, name);
    return whose;
}

}  // namespace ntpages
