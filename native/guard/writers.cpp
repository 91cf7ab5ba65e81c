// guard/writers: GetNamedSecurityInfo, and what its entries allow; CreateDirectory. Source:
// aclapi.h, fileapi.h, Windows 2000.
#include "native/guard/writers.hpp"

#include <aclapi.h>
#include <sddl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/privileges/token.hpp"
#include "native/security.hpp"

namespace ntpages {
namespace {

// Whoever has one of these has the file, or can have it.
constexpr DWORD takes_over = WRITE_DAC | WRITE_OWNER | DELETE | GENERIC_ALL | GENERIC_WRITE;
// The same bits let add files and folders to a folder.
constexpr DWORD writes = takes_over | FILE_WRITE_DATA | FILE_APPEND_DATA;
constexpr DWORD replaces = takes_over | FILE_DELETE_CHILD;  // what lies in a folder

// TrustedInstaller, to whom Windows' own files belong: the SIDs of services are the same
// everywhere.
constexpr std::wstring_view installer =
    L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

std::wstring text_of(PSID sid) {
    wchar_t* text = nullptr;
    if (!ConvertSidToStringSidW(sid, &text)) fail("ConvertSidToStringSidW");
    const LocalMemory owned(text);
    return text;
}

std::wstring name_of(PSID sid) {
    std::array<wchar_t, 256> name{}, domain{};
    auto name_size = static_cast<DWORD>(name.size()),
         domain_size = static_cast<DWORD>(domain.size());
    SID_NAME_USE use{};
    if (!LookupAccountSidW(nullptr, sid, name.data(), &name_size, domain.data(), &domain_size,
                           &use)) {
        return text_of(sid);  // an account that is gone, or of a domain that is away
    }
    const std::wstring plain = name.data();
    return domain[0] != L'\0' ? std::wstring(domain.data()) + L'\\' + plain : plain;
}

// Who may do anything anyway; and whoever made or owns a file, which its owner is looked at for.
bool is_trusted(PSID sid) {
    constexpr std::array known{WinBuiltinAdministratorsSid,   WinLocalSystemSid,
                               WinAccountAdministratorSid,    WinAccountDomainAdminsSid,
                               WinAccountEnterpriseAdminsSid, WinCreatorOwnerSid,
                               WinCreatorOwnerRightsSid};
    const auto is = [sid](WELL_KNOWN_SID_TYPE type) { return IsWellKnownSid(sid, type) != FALSE; };
    return std::any_of(known.begin(), known.end(), is) || text_of(sid) == installer;
}

class Found {
public:
    void look_at(const std::wstring& path, DWORD rights) {
        PSECURITY_DESCRIPTOR descriptor = nullptr;
        PSID owner = nullptr;
        PACL list = nullptr;
        const auto shown = utf8(path.data(), path.size());
        const auto code = GetNamedSecurityInfoW(
            path.c_str(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            &owner, nullptr, &list, nullptr, &descriptor);
        if (code != ERROR_SUCCESS) fail("GetNamedSecurityInfoW", code, shown);
        const LocalMemory owned(descriptor);
        if (owner && !is_trusted(owner)) add(shown, name_of(owner), 0);
        if (!list) return add(shown, L"everybody", rights);  // no list: nobody is kept out
        for (DWORD i = 0; i < list->AceCount; ++i) {
            void* entry = nullptr;
            check(GetAce(list, i, &entry), "GetAce");
            const auto* const head = static_cast<const ACE_HEADER*>(entry);
            // Denials say less than they seem to: what is allowed counts.
            if (head->AceType != ACCESS_ALLOWED_ACE_TYPE &&
                head->AceType != ACCESS_ALLOWED_CALLBACK_ACE_TYPE) {
                continue;
            }
            if ((head->AceFlags & INHERIT_ONLY_ACE) != 0) continue;
            auto* const allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);  // both begin like this
            const PSID sid = &allowed->SidStart;
            const auto his = allowed->Mask & rights;
            if (his != 0 && !is_trusted(sid)) add(shown, name_of(sid), his);
        }
    }

    auto writers() && { return std::move(writers_); }

private:
    void add(const std::string& path, const std::wstring& name, DWORD rights) {
        writers_.emplace_back(path, utf8(name.data(), name.size()), rights);
    }

    std::vector<std::tuple<std::string, std::string, std::uint32_t>> writers_;
};

}  // namespace

std::vector<std::tuple<std::string, std::string, std::uint32_t>> writers_of(
    const std::string& path) {
    auto where = utf16(path);
    Found found;
    found.look_at(where, writes);
    // Whoever may rename a folder may put another in its place. A disk's root nobody can.
    for (auto end = where.find_last_of(L"\\/"); end != std::wstring::npos && end > 2;
         end = where.find_last_of(L"\\/")) {
        where.resize(end);
        found.look_at(where, replaces);
    }
    return std::move(found).writers();
}

std::string own_account() {
    auto sid = own_sid();
    const auto name = name_of(sid.data());
    return utf8(name.data(), name.size());
}

bool make_folder(const std::string& path) {
    // Nothing is inherited: folders of all programs' data let anybody add files to what is in them.
    const auto descriptor =
        descriptor_of("O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)");
    SECURITY_ATTRIBUTES security{sizeof(security), descriptor.get(), FALSE};
    if (CreateDirectoryW(utf16(path).c_str(), &security)) return true;
    const auto code = GetLastError();
    if (code == ERROR_ALREADY_EXISTS) return false;
    fail("CreateDirectoryW", code, path);
}

}  // namespace ntpages
