// physical/census: one look at every page, and the sums of it.
#pragma once

#include <cstdint>

#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/physical/files.hpp"
#include "native/physical/identities.hpp"
#include "native/physical/reader.hpp"
#include "native/table/table.hpp"

namespace ntpages {

class Census : public Exposed {
public:
    // Begins a look at all memory; sums by process and by file are kept where they are wished for.
    Census(bool processes, bool files);

    // Goes on for so long. False when all pages have been looked at.
    bool advance(std::uint32_t milliseconds);

    [[nodiscard]] std::uint64_t total() const noexcept;  // bytes, these five
    [[nodiscard]] std::uint64_t done() const noexcept;
    [[nodiscard]] std::uint64_t unidentified() const noexcept;
    [[nodiscard]] std::uint64_t images() const;  // in use, of programs and libraries
    [[nodiscard]] std::uint64_t combined() const;
    // How far what was counted is from what the kernel says of its lists at the end. Bytes.
    [[nodiscard]] std::uint64_t drift() const;
    // Whether the kernel names no process, or no file.
    [[nodiscard]] bool keys_hidden() const noexcept;

    [[nodiscard]] Table uses() const;
    [[nodiscard]] Table priorities() const;
    [[nodiscard]] Table owners() const;
    [[nodiscard]] Table files(const FileNames* names) const;

private:
    [[nodiscard]] std::uint64_t on(PageList list) const;  // pages

    mutable SlimLock turn_;  // held by whoever looks, and by whoever asks
    PageReader reader_;
    PageBatch batch_;
    bool by_process_;
    bool by_file_;
    PageCounts counts_;
    OwnersCounts owners_;
    FilesCounts files_;
};

}  // namespace ntpages
