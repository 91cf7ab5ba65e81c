// sparse/buffer: memory that commits itself on first touch, and is never freed under anyone.
#pragma once

#include <cstddef>
#include <memory>

#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/sparse/range.hpp"

namespace ntpages {

// A sparse range that is watched for as long as it lives.
class SparseBuffer : public Exposed {
public:
    explicit SparseBuffer(const SparseShape& shape);
    ~SparseBuffer() { release(); }
    SparseBuffer(const SparseBuffer&) = delete;
    SparseBuffer& operator=(const SparseBuffer&) = delete;

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    [[nodiscard]] const SparseShape& shape() const noexcept { return shape_; }

    Lent lend(bool);
    void give_back() noexcept { lease_.drop_view(); }

    // A part for the kernel, whose touches nobody serves: committed, and kept so until it is back.
    Lent lend_pinned(std::size_t offset, std::size_t size);
    void give_back_pinned(std::size_t offset, std::size_t size) noexcept;

    // Calls the range, which stays for as long as that takes. Throws Closed.
    template <typename Call>
    auto use(Call call) {
        const Lease::Use use(lease_);
        return call(*range_);
    }

private:
    void release() noexcept;

    Lease lease_{"SparseBuffer"};
    const SparseShape shape_;
    std::unique_ptr<SparseRange> range_;
};

}  // namespace ntpages
