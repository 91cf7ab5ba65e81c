// table/arrow: the C structs of the Arrow interface, and who owns what they point at.
#include "native/table/arrow.hpp"

#include <cerrno>
#include <string>
#include <type_traits>

namespace ntpages {
namespace {

// Every struct handed out owns one of these through private_data. Children own theirs, because a
// consumer may move a child out and release the parent.
template <typename Exported>
struct Holding {
    std::shared_ptr<const void> memory;  // what names, formats or buffers point into
    std::vector<Exported> children;
    std::vector<Exported*> pointers;
    Exported dictionary{};
    std::vector<const void*> buffers{};
    std::vector<std::uint8_t> bits{};     // booleans, eight to a byte
    std::vector<std::int32_t> offsets{};  // of the labels
    std::string text{};
};

template <typename Exported>
void release(Exported* exported) {
    const std::unique_ptr<Holding<Exported>> holding(
        static_cast<Holding<Exported>*>(exported->private_data));
    for (auto& child : holding->children) {
        if (child.release) child.release(&child);
    }
    if (holding->dictionary.release) holding->dictionary.release(&holding->dictionary);
    exported->release = nullptr;
}

// Ties a struct to its holding. From here on its release callback frees both.
template <typename Exported>
Exported owned(Exported exported, std::unique_ptr<Holding<Exported>> holding) {
    for (auto& child : holding->children) holding->pointers.push_back(&child);
    exported.n_children = static_cast<std::int64_t>(holding->children.size());
    exported.children = holding->pointers.data();
    exported.dictionary = holding->dictionary.release ? &holding->dictionary : nullptr;
    exported.release = &release<Exported>;
    if constexpr (std::is_same_v<Exported, ArrowArray>) {
        exported.n_buffers = static_cast<std::int64_t>(holding->buffers.size());
        exported.buffers = holding->buffers.data();
    }
    exported.private_data = holding.release();
    return exported;
}

template <typename Exported>
std::unique_ptr<Holding<Exported>> holding_for(const Table& table) {
    auto holding = std::make_unique<Holding<Exported>>();
    // A schema needs only the names; an array needs the cells.
    if constexpr (std::is_same_v<Exported, ArrowSchema>) {
        holding->memory = table.slab()->names;
    } else {
        holding->memory = table.slab();
    }
    return holding;
}

const char* format_of(const Field& field) {
    constexpr std::array formats{"C", "S", "I", "L", "i", "l", "g", "b", "U", "Z"};
    if (!field.labels.empty()) return "c";  // not every reader takes unsigned indices
    return formats[static_cast<std::size_t>(field.kind)];
}

ArrowSchema named(const char* name, const char* format) {
    ArrowSchema schema{};
    schema.name = name;
    schema.format = format;
    return schema;
}

ArrowSchema column_schema(const Table& table, std::size_t column) {
    const auto& field = table.field(column);
    auto holding = holding_for<ArrowSchema>(table);
    if (!field.labels.empty()) {
        holding->dictionary = owned(named("", "u"), holding_for<ArrowSchema>(table));
    }
    return owned(named(field.name, format_of(field)), std::move(holding));
}

ArrowArray dictionary_of(const Table& table, const Field& field) {
    auto holding = holding_for<ArrowArray>(table);
    holding->offsets.push_back(0);
    for (const auto* label : field.labels) {
        holding->text += label;
        holding->offsets.push_back(static_cast<std::int32_t>(holding->text.size()));
    }
    holding->buffers = {nullptr, holding->offsets.data(), holding->text.data()};
    ArrowArray array{};
    array.length = static_cast<std::int64_t>(field.labels.size());
    return owned(array, std::move(holding));
}

ArrowArray column_array(const Table& table, std::size_t column) {
    const auto& field = table.field(column);
    const auto& memory = table.memory(column);
    auto holding = holding_for<ArrowArray>(table);
    ArrowArray array{};
    array.length = static_cast<std::int64_t>(table.size());
    array.offset = static_cast<std::int64_t>(table.start());
    if (has_lengths(field.kind)) {
        holding->buffers = {nullptr, memory.cells, memory.text};
    } else if (field.kind == Kind::boolean) {
        array.offset = 0;
        holding->bits.resize((table.size() + 7) / 8);
        for (std::size_t row = 0; row < table.size(); ++row) {
            const auto bit = static_cast<unsigned>(table.cells<bool>(column)[row]) << (row % 8);
            holding->bits[row / 8] = static_cast<std::uint8_t>(holding->bits[row / 8] | bit);
        }
        holding->buffers = {nullptr, holding->bits.data()};
    } else {
        holding->buffers = {nullptr, memory.cells};
    }
    if (!field.labels.empty()) holding->dictionary = dictionary_of(table, field);
    return owned(array, std::move(holding));
}

// A stream's one batch, until it has been taken.
struct Batch {
    Table table;
    bool taken = false;
};

}  // namespace

ArrowSchema arrow_schema(const Table& table) {
    auto holding = holding_for<ArrowSchema>(table);
    for (std::size_t i = 0; i < table.width(); ++i) {
        holding->children.push_back(column_schema(table, i));
    }
    return owned(named("", "+s"), std::move(holding));
}

ArrowArray arrow_array(const Table& table) {
    auto holding = holding_for<ArrowArray>(table);
    for (std::size_t i = 0; i < table.width(); ++i) {
        holding->children.push_back(column_array(table, i));
    }
    holding->buffers = {nullptr};
    ArrowArray array{};
    array.length = static_cast<std::int64_t>(table.size());
    return owned(array, std::move(holding));
}

ArrowArrayStream arrow_stream(const Table& table) {
    ArrowArrayStream stream{};
    // C callbacks must not throw: what is out of memory here is an errno there.
    stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
        try {
            *out = arrow_schema(static_cast<Batch*>(self->private_data)->table);
            return 0;
        } catch (const std::bad_alloc&) {
            return ENOMEM;
        }
    };
    stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
        auto& batch = *static_cast<Batch*>(self->private_data);
        try {
            *out = batch.taken ? ArrowArray{} : arrow_array(batch.table);
            batch.taken = true;
            return 0;
        } catch (const std::bad_alloc&) {
            return ENOMEM;
        }
    };
    stream.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    stream.release = [](ArrowArrayStream* self) {
        const std::unique_ptr<Batch> batch(static_cast<Batch*>(self->private_data));
        self->release = nullptr;
    };
    stream.private_data = std::make_unique<Batch>(Batch{table}).release();
    return stream;
}

}  // namespace ntpages
