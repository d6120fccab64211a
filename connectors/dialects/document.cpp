// Nodes in one vector, texts in chunks that the thread keeps.
#include "connectors/dialects/document.hpp"

#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <cstring>

namespace tongban::dialects {

namespace {
constexpr std::size_t chunk_size = 64U << 10;
constexpr std::size_t kept_bytes = 1U << 20; // what an idle thread keeps
constexpr std::size_t kept_nodes = 1U << 14;
} // namespace

void document::clear(const name_table& names, const document_limits& limits) {
    names_ = &names;
    limits_ = limits;
    if (nodes_.capacity() > kept_nodes) {
        nodes_ = {};
    }
    nodes_.clear();
    std::size_t total = 0;
    const auto too_much = std::find_if(chunks_.begin(), chunks_.end(), [&](const chunk& c) {
        total += c.size;
        return total > kept_bytes;
    });
    chunks_.erase(too_much, chunks_.end());
    chunk_ = used_ = 0;
    failures.clear();
    orphans.clear();
    moved_.clear();
    far_.clear();
    far_lists_.clear();
    numbers_.forget();
    inflated_ = taken_ = 0;
    may_take_ = limits.taken;
    ran_out_ = false;
    for (auto& binding : bindings_) {
        binding->forget();
    }
    nodes_.emplace_back();
}

path_binding& document::binding(std::size_t depth) {
    while (bindings_.size() <= depth) {
        bindings_.push_back(std::make_unique<path_binding>());
    }
    return *bindings_[depth];
}

char* document::allocate(std::size_t size) {
    while (chunk_ < chunks_.size() && used_ + size > chunks_[chunk_].size) {
        ++chunk_;
        used_ = 0;
    }
    if (chunk_ == chunks_.size()) {
        const std::size_t room = std::max(chunk_size, size);
        chunks_.push_back({std::make_unique_for_overwrite<char[]>(room), room});
        used_ = 0;
    }
    char* begin = chunks_[chunk_].bytes.get() + used_;
    used_ += size;
    return begin;
}

std::string_view document::trimmed(node_index i) {
    const auto whole = at(i).text;
    const auto text = trim(whole);
    take(whole.size() - text.size());
    return text;
}

std::string_view document::keep(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    char* copy = allocate(text.size());
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
}

document::far_place& document::far(std::uint32_t number) {
    if (far_.size() <= number) {
        far_.resize(number + 1);
    }
    return far_[number];
}

document::far_list& document::far_all(std::uint32_t number) {
    if (far_lists_.size() <= number) {
        far_lists_.resize(number + 1);
    }
    return far_lists_[number];
}

void document::order_moved() {
    std::ranges::sort(moved_, {}, &moved_row::row);
}

node_index document::move(node_index i, node_index new_parent, std::string_view new_name, std::uint32_t number, node_index left) {
    number_row(i, number);
    numbers_.forget();
    node& above = nodes_[nodes_[i].parent];
    node_index before = left != no_node && nodes_[left].parent == nodes_[i].parent ? left : no_node;
    for (node_index c = before == no_node ? above.first_child : nodes_[before].next; c != i; c = nodes_[c].next) {
        before = c;
    }
    (before == no_node ? above.first_child : nodes_[before].next) = nodes_[i].next;
    if (above.last_child == i) {
        above.last_child = before;
    }
    nodes_[i].next = no_node;
    nodes_[i].parent = new_parent;
    nodes_[i].name = new_name;
    nodes_[i].name_id = names_->find(new_name);
    node& target = nodes_[new_parent];
    (target.last_child == no_node ? target.first_child : nodes_[target.last_child].next) = i;
    target.last_child = i;
    return before;
}

const document::moved_row* document::moved(node_index i) const {
    const auto found = std::ranges::lower_bound(moved_, i, {}, &moved_row::row);
    return found == moved_.end() || found->row != i ? nullptr : &*found;
}

bool document::inside(node_index i, node_index ancestor) const {
    while (i != no_node && i != ancestor) {
        i = nodes_[i].parent;
    }
    return i == ancestor;
}

namespace {

// A place stands in every fault below it: a name may be long, and is shown by its beginning.
std::string shown(std::string_view name) {
    constexpr std::size_t longest = 128;
    auto end = std::min(name.size(), longest);
    while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) {
        --end;
    }
    return std::string(name.substr(0, end)) + (end < name.size() ? "…" : "");
}

struct place_writer {
    const document& doc;
    sibling_numbers& numbers;

    std::uint32_t position(node_index i) const { return numbers.of(doc, i); }

    std::string write(node_index i, format_kind style) const {
        std::vector<node_index> way;
        for (node_index c = i; doc.at(c).parent != no_node; c = doc.at(c).parent) {
            way.push_back(c);
            const node_index above = doc.at(c).parent;
            if (doc.at(above).graft != format_kind::none &&
                (above == 0 || outer(above) != style || style == format_kind::xml)) {
                break; // the envelope around the document that holds the value is left out
            }
        }
        std::reverse(way.begin(), way.end());
        return style == format_kind::csv ? row(way) : style == format_kind::json ? json(way) : path(way);
    }

    // Format of the document that node i itself stands in.
    format_kind outer(node_index i) const {
        for (node_index c = doc.at(i).parent; c != no_node; c = doc.at(c).parent) {
            if (doc.at(c).graft != format_kind::none) {
                return doc.at(c).graft;
            }
        }
        return format_kind::none;
    }

    std::string row(const std::vector<node_index>& way) const {
        for (std::size_t i = 0; i < way.size(); ++i) {
            if (const auto* moved = doc.moved(way[i])) {
                auto text = shown(doc.at(moved->file).name) + " row " + std::to_string(moved->number);
                return i + 1 < way.size() ? text + " column " + shown(doc.at(way[i + 1]).name) : text;
            }
        }
        std::string text = way.empty() ? "" : "row " + std::to_string(std::max(position(way[0]), 1U));
        if (way.size() > 1) {
            text += " column " + shown(doc.at(way[1]).name);
        }
        return text;
    }

    std::string json(const std::vector<node_index>& way) const {
        std::string text = "$";
        for (const node_index i : way) {
            if (doc.at(doc.at(i).parent).kind == node_kind::list) {
                const auto n = position(i);
                text += '[' + std::to_string(n == 0 ? 0 : n - 1) + ']';
            } else {
                text += '.';
                text += shown(doc.at(i).name);
            }
        }
        return text;
    }

    std::string path(const std::vector<node_index>& way) const {
        std::string text;
        for (const node_index i : way) {
            text += '/';
            text += shown(doc.at(i).name);
            if (const auto n = position(i); n > 0) {
                text += '[' + std::to_string(n) + ']';
            }
        }
        return text;
    }
};

} // namespace

std::string document::place(node_index i) const {
    const place_writer writer{*this, numbers_};
    const auto style = writer.outer(i);
    return writer.write(i, style == format_kind::none ? nodes_[0].graft : style);
}

} // namespace tongban::dialects
