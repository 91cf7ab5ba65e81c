// race_table: slabs of the arena, taken and given back; one table, read by all.
#include <array>
#include <numeric>

#include "native/table/arrow.hpp"
#include "native/table/slabs.hpp"
#include "native/table/table.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

namespace {

constexpr std::array fields{Field{"number", Kind::u64}, Field{"name", Kind::text}};

Table filled(std::uint64_t rows) {
    Rows<fields> table;
    for (std::uint64_t row = 0; row < rows; ++row) table.append(rows - row, L"a name");
    return table.finish("rows");
}

}  // namespace

void scene() {
    auto shared = filled(100);
    race::together([&](std::size_t number) {
        for (auto turn = 0; turn < 10; ++turn) {
            const auto slab = take_slab(slab_unit);
            auto& first = *static_cast<std::uint64_t*>(slab.get());
            first = number;
            const auto own = filled(10 + number);
            race::require(first == number, "a slab has one owner");
            race::require(own.size() == 10 + number, "so has a table");
            const auto copy = shared;
            const auto sorted = copy.take(copy.order(0, false));
            race::require(sorted.cells<std::uint64_t>(0)[0] == 1, "a table stays as it is");
            auto exported = arrow_array(sorted);
            exported.release(&exported);
        }
    });
}
