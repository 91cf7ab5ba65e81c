// sections/section: CreateFileMapping, OpenFileMapping, NtQuerySection, and security as SDDL.
#include "native/sections/section.hpp"

#include <sddl.h>

#include <vector>

#include "native/commit.hpp"
#include "native/ranges.hpp"
#include "native/sections/nt.hpp"
#include "native/security.hpp"

namespace ntpages {
namespace {

constexpr SECURITY_INFORMATION told = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                      DACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION;

// A handle of our own to what a handle stands for, with the same rights or with these.
Handle another(HANDLE handle, DWORD access, ULONG options) {
    HANDLE copy = nullptr;
    auto* const process = GetCurrentProcess();
    check_status(nt::duplicate_object(process, handle, process, &copy, access, 0UL, options),
                 "NtDuplicateObject");
    return Handle(copy);
}

// What a handle must be good for, so that views can be protected like this.
DWORD rights_for(DWORD protection) {
    constexpr DWORD writing = PAGE_READWRITE | PAGE_EXECUTE_READWRITE;
    constexpr DWORD executing = PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    DWORD rights = SECTION_QUERY | SECTION_MAP_READ;
    if ((protection & writing) != 0) rights |= SECTION_MAP_WRITE;
    if ((protection & executing) != 0) rights |= FILE_MAP_EXECUTE;
    return rights;
}

Section::Facts facts_of(HANDLE section) {
    nt::SectionBasicInformation found{};
    check_status(
        nt::query_section(section, nt::section_basic_information, &found, sizeof(found), nullptr),
        "NtQuerySection");
    return {static_cast<std::uint64_t>(found.size), found.attributes};
}

}  // namespace

Section::Section(const SectionRequest& request)
    : name_(request.name), protection_(request.protection), node_(request.node) {
    if (request.file != 0) {
        const auto given = reinterpret_cast<HANDLE>(request.file);
        file_ = another(given, 0, DUPLICATE_SAME_ACCESS);
    }
    create(request);
}

void Section::create(const SectionRequest& request) {
    const auto descriptor = descriptor_of(request.security);
    SECURITY_ATTRIBUTES security{sizeof(security), descriptor.get(), FALSE};
    const auto name = utf16(request.name);
    const auto committed = (request.attributes & SEC_COMMIT) != 0;
    const auto ask = [&](DWORD& outcome) {
        return patiently(committed ? MEM_COMMIT : MEM_RESERVE, [&] {
            SetLastError(ERROR_SUCCESS);
            auto* const made = CreateFileMappingNumaW(
                file_ ? file_.get() : INVALID_HANDLE_VALUE, descriptor ? &security : nullptr,
                request.protection | request.attributes, static_cast<DWORD>(request.size >> 32),
                static_cast<DWORD>(request.size), name.empty() ? nullptr : name.c_str(),
                request.node);
            outcome = GetLastError();
            return made;
        });
    };
    constexpr auto call = "CreateFileMappingNumaW";
    DWORD outcome = ERROR_SUCCESS;
    handle_.reset(ask(outcome));
    if (!handle_) fail(call, outcome, request.name);
    created_ = outcome != ERROR_ALREADY_EXISTS;
    const auto wanted = file_ ? request.size : whole_pages({0, request.size}).size;
    if (created_) {
        if (!file_) extent_ = {wanted, (request.attributes & SEC_LARGE_PAGES) != 0};
        return;
    }
    const auto size = facts_of(handle_.get()).size;
    if (request.existing && (size == wanted || (file_ && wanted == 0))) return;
    fail(call, outcome, request.name + ", " + std::to_string(size) + " bytes");
}

Section::Section(const std::string& name, DWORD protection) : name_(name), protection_(protection) {
    handle_.reset(OpenFileMappingW(rights_for(protection), FALSE, utf16(name).c_str()));
    if (!handle_) fail("OpenFileMappingW", GetLastError(), name);
}

void Section::close() {
    lease_.close([&] {
        check(CloseHandle(handle_.get()), "CloseHandle");
        static_cast<void>(handle_.release());
        file_.reset();
    });
}

Section::Facts Section::facts() const {
    const Lease::Use use(lease_);
    return facts_of(handle_.get());
}

Section::Extent Section::extent() const {
    const Lease::Use use(lease_);
    if (extent_) return *extent_;
    const auto found = facts_of(handle_.get());
    return {found.size, (found.attributes & SEC_LARGE_PAGES) != 0};
}

std::string Section::security() const {
    const Lease::Use use(lease_);
    const auto readable = another(handle_.get(), READ_CONTROL, 0);
    constexpr auto call = "GetKernelObjectSecurity";
    DWORD size = 0;
    if (!GetKernelObjectSecurity(readable.get(), told, nullptr, 0, &size) &&
        GetLastError() != ERROR_INSUFFICIENT_BUFFER) {
        fail(call);
    }
    std::vector<std::byte> descriptor(size);
    check(GetKernelObjectSecurity(readable.get(), told, descriptor.data(), size, &size), call);
    wchar_t* text = nullptr;
    ULONG length = 0;
    check(ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor.data(), SDDL_REVISION_1,
                                                               told, &text, &length),
          "ConvertSecurityDescriptorToStringSecurityDescriptorW");
    const LocalMemory owner(text);
    return utf8(text, wcslen(text));
}

}  // namespace ntpages
