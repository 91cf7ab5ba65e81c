// race_sparse: touches, commits and decommits of one buffer; others that come and go; growing.
#include <array>

#include "native/sparse/buffer.hpp"
#include "native/sparse/growable.hpp"
#include "native/sparse/handler.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

namespace {

constexpr SparseShape shape{1 << 22, race::page, 4 * race::page, std::size_t(-1)};

void share(SparseBuffer& buffer, std::size_t number) {
    const auto part = number << 16;
    for (std::size_t turn = 0; turn < 12; ++turn) {
        race::attempt([&] {
            const auto lent = buffer.lend(true);
            auto& own = static_cast<std::byte*>(lent.data)[part + turn * race::page];
            own = std::byte{1};
            buffer.give_back();
        });
        race::attempt(
            [&] { buffer.use([&](SparseRange& range) { range.commit(part, 1 << 14); }); });
        race::attempt([&] { buffer.use([&](SparseRange& range) { range.spans(); }); });
        race::attempt(
            [&] { buffer.use([&](SparseRange& range) { range.decommit(part, 1 << 16); }); });
        race::attempt([&] {
            buffer.lend_pinned(part, 100);
            buffer.give_back_pinned(part, 100);
        });
        race::attempt([&] {
            std::array<std::byte, 64> copy;
            buffer.use([&](SparseRange& range) { range.peek(part, copy); });
        });
        if (turn == 9 && number == 0) race::attempt([&] { buffer.close(); });
    }
}

}  // namespace

void scene() {
    SparseBuffer buffer(shape);
    race::together([&](std::size_t number) { share(buffer, number); });

    SparseBuffer counted(shape);
    race::together([&](std::size_t) {
        SparseBuffer other(shape);  // the table of ranges changes under the touches
        const auto mine = other.lend(true);
        static_cast<std::byte*>(mine.data)[1 << 20] = std::byte{7};
        other.give_back();
        counted.use([](SparseRange& range) { range.commit(0, 1 << 18); });
    });
    counted.use([](SparseRange& range) {
        race::require(range.committed() == 1 << 18, "chunks are counted once");
    });

    GrowableBuffer growing(1 << 24);
    const std::array<std::byte, 700> some{};
    race::together([&](std::size_t) {
        for (auto turn = 0; turn < 20; ++turn) growing.append(some);
    });
    race::require(growing.size() == race::threads * 20 * some.size(), "nothing appended is lost");
    race::together([&](std::size_t number) {
        race::attempt([&] { growing.truncate(number * race::page); });
        race::attempt([&] { growing.extend(number * race::page); });
        race::attempt([&] { growing.close(); });
    });
}
