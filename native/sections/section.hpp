// sections/section: memory that can be shown at several addresses, and to several processes.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "native/handle.hpp"
#include "native/lease.hpp"

namespace ntpages {

// What a new section is asked for, in the order in which Python hands it over.
struct SectionRequest {
    std::uint64_t size = 0;  // bytes; 0 for all of the file
    DWORD protection = PAGE_READWRITE;
    DWORD attributes = SEC_COMMIT;
    DWORD node = NUMA_NO_PREFERRED_NODE;
    std::string name;         // empty for none
    std::string security;     // as SDDL, empty for what the token says
    std::uintptr_t file = 0;  // its handle, which stays the caller's; 0 for memory
    bool existing = false;    // whether one of that name and size will do
};

class Section : public Exposed {
public:
    // Throws Error with ERROR_ALREADY_EXISTS for a name that is taken: Windows itself would hand
    // out the section of that name, whatever its size.
    explicit Section(const SectionRequest& request);
    // One that somebody made. Protection says what its views shall be able to do.
    Section(const std::string& name, DWORD protection);
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }

    struct Facts {
        std::uint64_t size;  // bytes: whole pages, but of a file
        DWORD attributes;    // SEC_...
    };
    [[nodiscard]] Facts facts() const;
    // What a view has to know. Windows is not asked for what new memory was made with.
    struct Extent {
        std::uint64_t size;
        bool large_pages;
    };
    [[nodiscard]] Extent extent() const;
    [[nodiscard]] std::string security() const;  // as SDDL
    [[nodiscard]] DWORD protection() const noexcept { return protection_; }
    [[nodiscard]] DWORD node() const noexcept { return node_; }
    [[nodiscard]] std::optional<std::string> name() const {
        return name_.empty() ? std::nullopt : std::optional(name_);
    }
    [[nodiscard]] bool created() const noexcept { return created_; }

    // Calls with(handle, file) while nobody can close either; the file may be null.
    template <typename With>
    auto with_handle(With with) const {
        const Lease::Use use(lease_);
        return with(handle_.get(), file_);
    }

private:
    void create(const SectionRequest& request);

    mutable Lease lease_{"Section"};
    Handle handle_;
    std::shared_ptr<void> file_;  // views outlive the section, and flush to it
    std::string name_;
    DWORD protection_;
    DWORD node_ = NUMA_NO_PREFERRED_NODE;
    bool created_ = false;
    std::optional<Extent> extent_;  // of new memory
};

}  // namespace ntpages
