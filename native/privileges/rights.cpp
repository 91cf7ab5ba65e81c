// privileges/rights: the local security policy, which makes privileges part of the next logon.
#include "native/privileges/rights.hpp"

#include <windows.h>
// After windows.h, which they need.
#include <ntsecapi.h>
#include <sddl.h>

#include <algorithm>
#include <cstddef>
#include <cwchar>
#include <memory>
#include <span>
#include <string_view>

#include "native/error.hpp"
#include "native/nt.hpp"
#include "native/privileges/token.hpp"

namespace ntpages {
namespace {

using Sid = std::vector<std::byte>;

Sid copy_of(const void* sid) {
    const auto* bytes = static_cast<const std::byte*>(sid);
    return {bytes, bytes + GetLengthSid(const_cast<void*>(sid))};
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

std::string text_of(PSID sid) {
    wchar_t* text = nullptr;
    check(ConvertSidToStringSidW(sid, &text), "ConvertSidToStringSidW");
    const LocalMemory owner(text);
    return utf8(text, std::wcslen(text));
}

// As domain\\name; as the SID where nobody who knows the name can be asked.
std::string account_of(PSID sid) {
    wchar_t name[257];
    wchar_t domain[257];
    DWORD name_length = 257;
    DWORD domain_length = 257;
    SID_NAME_USE use{};
    if (!LookupAccountSidW(nullptr, sid, name, &name_length, domain, &domain_length, &use)) {
        return text_of(sid);
    }
    const auto own = utf8(name, name_length);
    // What belongs to no domain, such as Everyone, has an empty one.
    return domain_length == 0 ? own : utf8(domain, domain_length) + "\\" + own;
}

using Policy = std::unique_ptr<void, Closer<&LsaClose>>;
template <typename Item>
using LsaMemory = std::unique_ptr<Item, Closer<&LsaFreeMemory>>;

Policy open_policy(ACCESS_MASK access) {
    LSA_OBJECT_ATTRIBUTES attributes{};
    LSA_HANDLE opened = nullptr;
    check_status(LsaOpenPolicy(nullptr, &attributes, access, &opened), "LsaOpenPolicy");
    return Policy(opened);
}

// A name as LSA takes it, for as long as the text lives.
LSA_UNICODE_STRING lsa_string(std::wstring& text) {
    LSA_UNICODE_STRING string{};
    string.Buffer = text.data();
    string.Length = static_cast<USHORT>(text.size() * sizeof(wchar_t));
    string.MaximumLength = string.Length;
    return string;
}

// As Windows spells it: LSA knows rights by their exact names.
std::wstring right_named(const std::string& name) {
    auto luid = privilege_luid(name);  // an unknown one is refused here, by name
    wchar_t exact[128];
    DWORD length = 128;
    check(LookupPrivilegeNameW(nullptr, &luid, exact, &length), "LookupPrivilegeNameW");
    return {exact, length};
}

Sid sid_or_own(const std::string& account) {
    return account.empty() ? own_sid() : sid_of(account);
}

// Whether the account itself has been given the right. It may have it through a group as well.
bool has_right(LSA_HANDLE policy, PSID account, const std::wstring& right) {
    constexpr auto no_account = static_cast<Status>(0xC0000034);  // STATUS_OBJECT_NAME_NOT_FOUND
    LSA_UNICODE_STRING* found = nullptr;
    ULONG count = 0;
    const auto status = LsaEnumerateAccountRights(policy, account, &found, &count);
    if (status == no_account) return false;
    check_status(status, "LsaEnumerateAccountRights");
    const LsaMemory<LSA_UNICODE_STRING> owner(found);
    return std::ranges::any_of(std::span(found, count), [&](const LSA_UNICODE_STRING& each) {
        return std::wstring_view(each.Buffer, each.Length / sizeof(wchar_t)) == right;
    });
}

}  // namespace

std::string grant_privilege(const std::string& name, const std::string& account) {
    auto right = right_named(name);
    auto sid = sid_or_own(account);
    auto whose = account_of(sid.data());  // while failing is still harmless
    const auto policy = open_policy(POLICY_CREATE_ACCOUNT | POLICY_LOOKUP_NAMES);
    auto rights = lsa_string(right);
    const auto status = LsaAddAccountRights(policy.get(), sid.data(), &rights, 1);
    if (status < 0) fail_status("LsaAddAccountRights", status, name);
    return whose;
}

Revoked revoke_privilege(const std::string& name, const std::string& account) {
    auto right = right_named(name);
    auto sid = sid_or_own(account);
    Revoked done;
    done.account = account_of(sid.data());
    const auto policy = open_policy(POLICY_LOOKUP_NAMES);
    done.held = has_right(policy.get(), sid.data(), right);
    if (!done.held) return done;
    auto rights = lsa_string(right);
    const auto status = LsaRemoveAccountRights(policy.get(), sid.data(), FALSE, &rights, 1);
    if (status < 0) fail_status("LsaRemoveAccountRights", status, name);
    return done;
}

std::vector<Account> accounts_with_privilege(const std::string& name) {
    constexpr auto call = "LsaEnumerateAccountsWithUserRight";
    auto right = right_named(name);
    const auto policy = open_policy(POLICY_VIEW_LOCAL_INFORMATION | POLICY_LOOKUP_NAMES);
    auto wanted = lsa_string(right);
    void* found = nullptr;
    ULONG count = 0;
    const auto status = LsaEnumerateAccountsWithUserRight(policy.get(), &wanted, &found, &count);
    if (status == nt::status_no_more_entries) return {};  // nobody has it
    if (status < 0) fail_status(call, status, name);
    const LsaMemory<void> owner(found);
    std::vector<Account> accounts;
    accounts.reserve(count);
    for (const auto& each : std::span(static_cast<LSA_ENUMERATION_INFORMATION*>(found), count)) {
        auto& account = accounts.emplace_back();
        account.name = account_of(each.Sid);
        account.sid = text_of(each.Sid);
    }
    return accounts;
}

}  // namespace ntpages
