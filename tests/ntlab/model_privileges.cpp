// model_privileges: one token whose privileges the test chooses, and the rights LSA has granted.
// The token handle is the system's own, so that its access is checked and its closing counted.
#include "model_privileges.hpp"

#include <ntsecapi.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <cwchar>
#include <iterator>
#include <span>

#include "ntlab.hpp"

namespace ntlab {
namespace {

// By number. Source: phnt, ntseapi.h. 0 and 1 name nothing.
constexpr std::array<const wchar_t*, 37> names{
    nullptr,
    nullptr,
    L"SeCreateTokenPrivilege",
    L"SeAssignPrimaryTokenPrivilege",
    L"SeLockMemoryPrivilege",
    L"SeIncreaseQuotaPrivilege",
    L"SeMachineAccountPrivilege",
    L"SeTcbPrivilege",
    L"SeSecurityPrivilege",
    L"SeTakeOwnershipPrivilege",
    L"SeLoadDriverPrivilege",
    L"SeSystemProfilePrivilege",
    L"SeSystemtimePrivilege",
    L"SeProfileSingleProcessPrivilege",
    L"SeIncreaseBasePriorityPrivilege",
    L"SeCreatePagefilePrivilege",
    L"SeCreatePermanentPrivilege",
    L"SeBackupPrivilege",
    L"SeRestorePrivilege",
    L"SeShutdownPrivilege",
    L"SeDebugPrivilege",
    L"SeAuditPrivilege",
    L"SeSystemEnvironmentPrivilege",
    L"SeChangeNotifyPrivilege",
    L"SeRemoteShutdownPrivilege",
    L"SeUndockPrivilege",
    L"SeSyncAgentPrivilege",
    L"SeEnableDelegationPrivilege",
    L"SeManageVolumePrivilege",
    L"SeImpersonatePrivilege",
    L"SeCreateGlobalPrivilege",
    L"SeTrustedCredManAccessPrivilege",
    L"SeRelabelPrivilege",
    L"SeIncreaseWorkingSetPrivilege",
    L"SeTimeZonePrivilege",
    L"SeCreateSymbolicLinkPrivilege",
    L"SeDelegateSessionUserImpersonatePrivilege",
};

struct Privilege {
    bool held;
    DWORD attributes;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Privilege, names.size()> token{};
constinit bool elevated = true;

// An account of the policy: what its next logon gets, a bit for each privilege.
struct Account {
    std::array<std::byte, SECURITY_MAX_SID_SIZE> sid;
    DWORD size;  // 0: nobody's
    std::uint64_t rights;
};
constinit std::array<Account, 16> accounts{};
constinit std::array<ACCESS_MASK, 16> policies{};  // what each handle of the policy may do

constexpr DWORD by_default = SE_PRIVILEGE_ENABLED | SE_PRIVILEGE_ENABLED_BY_DEFAULT;

// An administrator's elevated token: SeLockMemoryPrivilege is held by nobody.
void reset() noexcept {
    const Locked locked(lock);
    token = {};
    accounts = {};
    policies = {};
    elevated = true;
    for (const auto number :
         {5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 22, 24, 25, 28, 33, 34, 35, 36}) {
        token[static_cast<std::size_t>(number)].held = true;
    }
    // Administrators have an account in every policy, with all that an elevated token of theirs
    // has.
    auto& administrators = accounts[0];
    administrators.size = SECURITY_MAX_SID_SIZE;
    CreateWellKnownSid(WinBuiltinAdministratorsSid, nullptr, administrators.sid.data(),
                       &administrators.size);
    for (std::size_t number = 0; number < token.size(); ++number) {
        if (token[number].held) administrators.rights |= std::uint64_t{1} << number;
    }
    for (const auto number : {23U, 29U, 30U}) token[number] = {true, by_default};
}

bool known(const LUID& luid) noexcept {
    return luid.HighPart == 0 && luid.LowPart < names.size() && names[luid.LowPart];
}

DWORD refusal(HANDLE handle, ACCESS_MASK needed) noexcept {
    const auto access = access_of(handle);
    if (access == 0) return ERROR_INVALID_HANDLE;
    return (access & needed) == needed ? ERROR_SUCCESS : ERROR_ACCESS_DENIED;
}

constexpr DWORD list_size(std::size_t count) {
    return static_cast<DWORD>(offsetof(TOKEN_PRIVILEGES, Privileges) +
                              count * sizeof(LUID_AND_ATTRIBUTES));
}

BOOL WINAPI lookup_value(const wchar_t* system, const wchar_t* name, LUID* luid) {
    if (system && *system) return refuse(RPC_S_SERVER_UNAVAILABLE);
    for (std::size_t number = 0; name && number < names.size(); ++number) {
        if (!names[number] || _wcsicmp(names[number], name) != 0) continue;
        *luid = {static_cast<DWORD>(number), 0};
        return TRUE;
    }
    return refuse(ERROR_NO_SUCH_PRIVILEGE);
}

BOOL WINAPI lookup_name(const wchar_t* system, LUID* luid, wchar_t* name, DWORD* length) {
    if (system && *system) return refuse(RPC_S_SERVER_UNAVAILABLE);
    if (!known(*luid)) return refuse(ERROR_NO_SUCH_PRIVILEGE);
    const auto* const found = names[luid->LowPart];
    const auto needed = static_cast<DWORD>(std::wcslen(found));
    if (*length <= needed) {
        *length = needed + 1;
        return refuse(ERROR_INSUFFICIENT_BUFFER);
    }
    std::wmemcpy(name, found, needed + 1);
    *length = needed;
    return TRUE;
}

BOOL list_privileges(TOKEN_PRIVILEGES* list, DWORD size, DWORD* returned) {
    const auto count = static_cast<std::size_t>(
        std::ranges::count_if(token, [](const Privilege& one) { return one.held; }));
    *returned = list_size(count);
    if (!list || size < *returned) return refuse(ERROR_INSUFFICIENT_BUFFER);
    list->PrivilegeCount = 0;
    for (DWORD number = 0; number < token.size(); ++number) {
        if (!token[number].held) continue;
        list->Privileges[list->PrivilegeCount++] = {{number, 0}, token[number].attributes};
    }
    return TRUE;
}

BOOL WINAPI get_information(HANDLE handle, TOKEN_INFORMATION_CLASS kind, void* buffer, DWORD size,
                            DWORD* returned) {
    if (kind != TokenPrivileges && kind != TokenElevation && kind != TokenElevationType) {
        return GetTokenInformation(handle, kind, buffer, size, returned);
    }
    if (const auto code = refusal(handle, TOKEN_QUERY)) return refuse(code);
    if (!returned) return refuse(ERROR_NOACCESS);
    const Locked locked(lock);
    if (kind == TokenPrivileges) {
        return list_privileges(static_cast<TOKEN_PRIVILEGES*>(buffer), size, returned);
    }
    *returned = sizeof(DWORD);
    if (!buffer || size < sizeof(DWORD)) return refuse(ERROR_INSUFFICIENT_BUFFER);
    const DWORD type = elevated ? TokenElevationTypeFull : TokenElevationTypeLimited;
    const DWORD answer = kind == TokenElevationType ? type : DWORD{elevated};
    std::memcpy(buffer, &answer, sizeof answer);
    return TRUE;
}

// One change; what was there before goes to `before` if anything changes.
bool change(DWORD number, DWORD wanted, LUID_AND_ATTRIBUTES* before) noexcept {
    auto& one = token[number];
    const auto old = one.attributes;
    if ((wanted & SE_PRIVILEGE_REMOVED) != 0) {
        one = {};
    } else {
        one.attributes = (old & ~DWORD{SE_PRIVILEGE_ENABLED}) | (wanted & SE_PRIVILEGE_ENABLED);
        if (one.attributes == old) return false;
    }
    *before = {{number, 0}, old};
    return true;
}

BOOL WINAPI adjust(HANDLE handle, BOOL disable_all, TOKEN_PRIVILEGES* wanted, DWORD size,
                   TOKEN_PRIVILEGES* previous, DWORD* returned) {
    const DWORD to_see = previous ? TOKEN_QUERY : 0;
    if (const auto code = refusal(handle, TOKEN_ADJUST_PRIVILEGES | to_see)) return refuse(code);
    if (!disable_all && !wanted) return refuse(ERROR_INVALID_PARAMETER);
    if (previous && !returned) return refuse(ERROR_NOACCESS);

    const Locked locked(lock);
    std::array<LUID_AND_ATTRIBUTES, names.size()> changes{};
    std::size_t count = 0;
    auto missing = false;
    const auto saved = token;
    if (disable_all) {
        for (DWORD number = 0; number < token.size(); ++number) {
            if (token[number].held && change(number, 0, &changes[count])) ++count;
        }
    } else {
        for (DWORD at = 0; at < wanted->PrivilegeCount; ++at) {
            const auto& one = wanted->Privileges[at];
            if (!known(one.Luid) || !token[one.Luid.LowPart].held) {
                missing = true;
            } else if (change(one.Luid.LowPart, one.Attributes, &changes[count])) {
                ++count;
            }
        }
    }
    if (previous) {
        *returned = list_size(count);
        if (size < *returned) {
            token = saved;
            return refuse(ERROR_INSUFFICIENT_BUFFER);
        }
        previous->PrivilegeCount = static_cast<DWORD>(count);
        std::copy_n(changes.begin(), count, previous->Privileges);
    }
    SetLastError(missing ? ERROR_NOT_ALL_ASSIGNED : ERROR_SUCCESS);
    return TRUE;
}

// ---- LSA. There is one policy; a handle of it is the address of what it may do. -----------------

Status NTAPI open_policy(LSA_UNICODE_STRING* system, LSA_OBJECT_ATTRIBUTES* attributes,
                         ACCESS_MASK access, LSA_HANDLE* policy) {
    constexpr ACCESS_MASK all = POLICY_ALL_ACCESS | POLICY_NOTIFICATION;
    if (!attributes || !policy) return status_invalid_parameter;
    if (system && system->Length != 0) return status(0xC0020017);  // RPC_NT_SERVER_UNAVAILABLE
    const Locked locked(lock);
    // Who is no administrator may look names up, and nothing that would change the policy.
    if ((access & ~(elevated ? all : ACCESS_MASK{POLICY_EXECUTE})) != 0) {
        return status_access_denied;
    }
    const auto free = std::ranges::find(policies, ACCESS_MASK{0});
    if (access == 0 || free == policies.end()) return status_access_denied;
    *free = access;
    *policy = &*free;
    return status_success;
}

Account* account_with(PSID sid) noexcept {
    const auto found = std::ranges::find_if(
        accounts, [sid](Account& one) { return one.size != 0 && EqualSid(one.sid.data(), sid); });
    return found == accounts.end() ? nullptr : &*found;
}

// The bits of rights, by their exact names; 0 if one is none.
std::uint64_t bits_of(const LSA_UNICODE_STRING* rights, ULONG count) noexcept {
    std::uint64_t bits = 0;
    for (const auto& right : std::span(rights, count)) {
        const auto length = right.Length / sizeof(wchar_t);
        const auto found = std::ranges::find_if(names, [&](const wchar_t* name) {
            return name && std::wcslen(name) == length &&
                   std::wmemcmp(name, right.Buffer, length) == 0;
        });
        if (found == names.end()) return 0;
        bits |= std::uint64_t{1} << std::distance(names.begin(), found);
    }
    return bits;
}

// What a handle of the policy may do; nullptr if it is none.
ACCESS_MASK* access_of_policy(LSA_HANDLE policy) noexcept {
    const auto found = std::ranges::find_if(
        policies, [policy](const ACCESS_MASK& one) { return policy == &one && one != 0; });
    return found == policies.end() ? nullptr : &*found;
}

Status NTAPI close_policy(LSA_HANDLE policy) {
    const Locked locked(lock);
    auto* const access = access_of_policy(policy);
    if (!access) return status_invalid_handle;
    *access = 0;
    return status_success;
}

Status NTAPI add_rights(LSA_HANDLE policy, PSID account, LSA_UNICODE_STRING* rights, ULONG count) {
    const Locked locked(lock);
    const auto* const access = access_of_policy(policy);
    if (!access) return status_invalid_handle;
    if (!account || !IsValidSid(account)) return status(0xC0000078);  // STATUS_INVALID_SID
    // One is made for whoever has none.
    auto* known = account_with(account);
    const ACCESS_MASK needed = POLICY_LOOKUP_NAMES | (known ? 0 : POLICY_CREATE_ACCOUNT);
    if ((*access & needed) != needed || !elevated) return status_access_denied;
    const auto bits = bits_of(rights, count);
    if (bits == 0) return status_no_such_privilege;
    if (!known) {
        const auto free = std::ranges::find(accounts, DWORD{0}, &Account::size);
        if (free == accounts.end()) return status_insufficient_resources;
        known = &*free;
        known->size = GetLengthSid(account);
        std::memcpy(known->sid.data(), account, known->size);
    }
    known->rights |= bits;
    return status_success;
}

// Why an account of the policy can't be asked or changed through this handle, or success. That
// others than administrators are denied is assumed: the protection of accounts is not documented.
Status refusal_of(LSA_HANDLE policy, PSID account, ACCESS_MASK needed) noexcept {
    const auto* const access = access_of_policy(policy);
    if (!access) return status_invalid_handle;
    if (account && !IsValidSid(account)) return status(0xC0000078);  // STATUS_INVALID_SID
    if ((*access & needed) != needed || !elevated) return status_access_denied;
    const auto known = !account || account_with(account);
    return known ? status_success : status(0xC0000034);  // STATUS_OBJECT_NAME_NOT_FOUND
}

Status NTAPI remove_rights(LSA_HANDLE policy, PSID account, BOOLEAN all, LSA_UNICODE_STRING* rights,
                           ULONG count) {
    const Locked locked(lock);
    if (!account) return status_invalid_parameter;
    if (const auto no = refusal_of(policy, account, POLICY_LOOKUP_NAMES); no < 0) return no;
    auto& known = *account_with(account);
    if (all) {  // with the account itself
        known = {};
        return status_success;
    }
    const auto bits = bits_of(rights, count);
    if (bits == 0) return status_no_such_privilege;
    known.rights &= ~bits;
    return status_success;
}

// What is handed out is the caller's, who gives it back by LsaFreeMemory.
void* handed_out(std::size_t size) noexcept {
    return VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

Status NTAPI free_memory(void* memory) {
    return VirtualFree(memory, 0, MEM_RELEASE) ? status_success : status_invalid_parameter;
}

Status NTAPI rights_of(LSA_HANDLE policy, PSID account, LSA_UNICODE_STRING** rights, ULONG* count) {
    const Locked locked(lock);
    if (!account || !rights || !count) return status_invalid_parameter;
    if (const auto no = refusal_of(policy, account, POLICY_LOOKUP_NAMES); no < 0) return no;
    auto* const found =
        static_cast<LSA_UNICODE_STRING*>(handed_out(names.size() * sizeof(LSA_UNICODE_STRING)));
    if (!found) return status_insufficient_resources;
    *count = 0;
    const auto bits = account_with(account)->rights;
    for (std::size_t number = 0; number < names.size(); ++number) {
        if ((bits >> number & 1) == 0) continue;
        const auto length = static_cast<USHORT>(std::wcslen(names[number]) * sizeof(wchar_t));
        auto& right = found[(*count)++];
        right.Buffer = const_cast<wchar_t*>(names[number]);
        right.Length = length;
        right.MaximumLength = length;
    }
    *rights = found;
    return status_success;
}

Status NTAPI accounts_with(LSA_HANDLE policy, LSA_UNICODE_STRING* right, void** buffer,
                           ULONG* count) {
    constexpr auto no_more_entries = status(0x8000001A);
    const Locked locked(lock);
    if (!buffer || !count) return status_invalid_parameter;
    constexpr ACCESS_MASK needed = POLICY_VIEW_LOCAL_INFORMATION | POLICY_LOOKUP_NAMES;
    if (const auto no = refusal_of(policy, nullptr, needed); no < 0) return no;
    const auto bits = right ? bits_of(right, 1) : ~std::uint64_t{0};
    if (bits == 0) return status_no_such_privilege;
    constexpr auto entries = accounts.size() * sizeof(LSA_ENUMERATION_INFORMATION);
    auto* const memory = static_cast<std::byte*>(handed_out(entries + sizeof(accounts)));
    if (!memory) return status_insufficient_resources;
    auto* const listed = reinterpret_cast<LSA_ENUMERATION_INFORMATION*>(memory);
    auto* sid = memory + entries;
    *count = 0;
    for (const auto& account : accounts) {
        if (account.size == 0 || (account.rights & bits) == 0) continue;
        std::memcpy(sid, account.sid.data(), account.size);
        listed[(*count)++].Sid = sid;
        sid += sizeof(Account);
    }
    *buffer = memory;
    if (*count != 0) return status_success;
    free_memory(memory);
    *buffer = nullptr;
    return no_more_entries;
}

const Service services[] = {
    {"advapi32.dll", "LookupPrivilegeValueW", &lookup_value},
    {"advapi32.dll", "LookupPrivilegeNameW", &lookup_name},
    {"advapi32.dll", "GetTokenInformation", &get_information},
    {"advapi32.dll", "AdjustTokenPrivileges", &adjust},
    {"advapi32.dll", "LsaOpenPolicy", &open_policy},
    {"advapi32.dll", "LsaClose", &close_policy},
    {"advapi32.dll", "LsaAddAccountRights", &add_rights},
    {"advapi32.dll", "LsaRemoveAccountRights", &remove_rights},
    {"advapi32.dll", "LsaEnumerateAccountRights", &rights_of},
    {"advapi32.dll", "LsaEnumerateAccountsWithUserRight", &accounts_with},
    {"advapi32.dll", "LsaFreeMemory", &free_memory},
};
const Model model{"privileges", &reset, services};

}  // namespace

ACCESS_MASK access_of(HANDLE handle) noexcept {
    struct {
        ULONG attributes;
        ACCESS_MASK granted;
        std::array<std::byte, 48> rest;
    } basic{};
    static_assert(sizeof basic == 56);  // phnt, ntobapi.h: OBJECT_BASIC_INFORMATION
    using Query = Status NTAPI(HANDLE, ULONG, void*, ULONG, ULONG*);
    static const auto query = real(static_cast<Query*>(nullptr), L"ntdll.dll", "NtQueryObject");
    return query(handle, 0, &basic, sizeof basic, nullptr) < 0 ? 0 : basic.granted;
}

bool privilege_enabled(ULONG number) noexcept {
    const Locked locked(lock);
    return token[number].held && (token[number].attributes & SE_PRIVILEGE_ENABLED) != 0;
}

bool token_elevated() noexcept {
    const Locked locked(lock);
    return elevated;
}

}  // namespace ntlab

extern "C" {

__declspec(dllexport) int privileges_number(const wchar_t* name) {
    LUID luid{};
    return ntlab::lookup_value(nullptr, name, &luid) ? static_cast<int>(luid.LowPart) : 0;
}

__declspec(dllexport) void privileges_set(std::uint32_t number, int held, DWORD attributes) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::token[number] = {held != 0, held != 0 ? attributes : 0};
}

// -1 if the token does not hold it.
__declspec(dllexport) int privileges_attributes(std::uint32_t number) {
    const ntlab::Locked locked(ntlab::lock);
    return ntlab::token[number].held ? static_cast<int>(ntlab::token[number].attributes) : -1;
}

__declspec(dllexport) void privileges_elevate(int on) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::elevated = on != 0;
}

__declspec(dllexport) std::uint32_t privileges_policies() {
    const ntlab::Locked locked(ntlab::lock);
    return static_cast<std::uint32_t>(ntlab::policies.size() -
                                      std::ranges::count(ntlab::policies, ACCESS_MASK{0}));
}

// To anybody.
__declspec(dllexport) int privileges_granted(std::uint32_t number) {
    const ntlab::Locked locked(ntlab::lock);
    return std::ranges::any_of(ntlab::accounts, [number](const ntlab::Account& one) {
        return (one.rights >> number & 1) != 0;
    });
}

}  // extern "C"
