// sparse/buffer: from the first watch over a range to the last.
#include "native/sparse/buffer.hpp"

#include "native/sparse/handler.hpp"

namespace ntpages {

SparseBuffer::SparseBuffer(const SparseShape& shape)
    : shape_(shape), range_(std::make_unique<SparseRange>(shape)) {
    watch(*range_);
}

void SparseBuffer::close() {
    lease_.close([&] { release(); });
}

Lent SparseBuffer::lend(bool) {
    lease_.add_view();
    return {range_->data(), shape_.size, false};
}

Lent SparseBuffer::lend_pinned(std::size_t offset, std::size_t size) {
    Lease::Use use(lease_);
    range_->pin(offset, size);
    use.add_view();
    return {range_->data() + offset, size, false};
}

void SparseBuffer::give_back_pinned(std::size_t offset, std::size_t size) noexcept {
    range_->unpin(offset, size);
    lease_.drop_view();
}

void SparseBuffer::release() noexcept {
    if (range_ && !unwatch(*range_)) static_cast<void>(range_.release());
    range_.reset();
}

}  // namespace ntpages
