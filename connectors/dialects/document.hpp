// A message in any framing, as one flat tree: elements, members, columns and form fields are all named nodes
// with a text. A document embedded in a text (XML in a form field, JSON in a JSON string) hangs below the
// node that held it. Reused by its thread; texts live in the document until clear().
#pragma once

#include "connectors/dialects/name_table.hpp"
#include "connectors/dialects/sibling_numbers.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

using node_index = std::uint32_t;
constexpr node_index no_node = 0xFFFFFFFF;

enum class node_kind : std::uint8_t { object, list, text, number, boolean, null };
enum class format_kind : std::uint8_t { none, json, xml, csv, form, multipart };

struct node {
    std::string_view name; // "@id" for an attribute
    std::string_view text;
    std::uint32_t name_id{}; // 0: the dialect does not know it
    std::uint16_t namespace_id{};
    node_kind kind{node_kind::object};
    format_kind graft{format_kind::none}; // format of the document that begins below this node
    bool used{};                          // a rule knows it
    bool mapped{};                        // a rule for one field takes it
    bool binary{};                        // raw bytes of a part, not text
    bool mixed{};                         // words beside XML elements: its text is that of all it holds
    node_index parent{no_node};
    node_index first_child{no_node};
    node_index last_child{no_node};
    node_index next{no_node};
};

struct document_limits {
    std::uint32_t nodes = 200'000;
    std::uint32_t depth = 64;
    std::uint32_t rows = 5'000;
    std::size_t inflated = 32U << 20; // bytes after gzip, of all texts of a message together
    std::size_t taken = 32U << 20;    // bytes that rules may take of a message, beyond its own size
};

// An embedded document that could not be read: the row's fault when it lies in a row, else the message's.
struct embed_failure {
    node_index at{};
    std::string message_zh;
    std::string message_en;
};

class document {
public:
    // Root is node 0.
    void clear(const name_table& names, const document_limits& limits);

    // no_node when the bound on nodes is reached.
    node_index add(node_index parent, std::string_view name, node_kind kind, std::string_view text = {}) {
        if (nodes_.size() >= limits_.nodes) {
            ran_out_ = true;
            return no_node;
        }
        const auto i = static_cast<node_index>(nodes_.size());
        node& added = nodes_.emplace_back();
        added.name = name;
        added.text = text;
        added.kind = kind;
        added.name_id = name.empty() ? 0 : names_->find(name);
        added.parent = parent;
        node& above = nodes_[parent];
        (above.last_child == no_node ? above.first_child : nodes_[above.last_child].next) = i;
        above.last_child = i;
        return i;
    }

    node& at(node_index i) { return nodes_[i]; }
    const node& at(node_index i) const { return nodes_[i]; }
    node_index size() const { return static_cast<node_index>(nodes_.size()); }
    const document_limits& limits() const { return limits_; }

    char* allocate(std::size_t size);
    std::string_view keep(std::string_view text);

    // What gzip may still make of this message's texts.
    std::size_t may_inflate() const { return limits_.inflated - inflated_; }
    void count_inflated(std::size_t bytes) { inflated_ += bytes; }

    // What stands beside the rows is taken by each of them: a long text or list there would grow a thousandfold. After
    // too much nothing more need be taken, the message is refused.
    void may_take(std::size_t message_bytes) { may_take_ = limits_.taken + inflated_ + message_bytes; }
    bool take(std::size_t bytes) {
        taken_ += bytes;
        return taken_ <= may_take_;
    }
    bool took_too_much() const { return taken_ > may_take_; }
    // A node found no room.
    bool ran_out() const { return ran_out_; }
    // The text of a node without blanks around it. They are looked through each time, and each row may ask: that is taken too.
    std::string_view trimmed(node_index i);

    // Takes a row out of its file and puts it, renamed, under another's; `number`: of the row in its file, from 1, for
    // places. `left`: a node of the same file that stands before it, or no_node: what is not searched again. Returns the
    // node that stood right before it, or no_node.
    node_index move(node_index i, node_index new_parent, std::string_view new_name, std::uint32_t number, node_index left);
    // Keeps for places what number a row has in its file that was not moved.
    void number_row(node_index i, std::uint32_t number) { moved_.push_back({i, nodes_[i].parent, number}); }
    // After the last of both, before any place is asked for.
    void order_moved();
    bool inside(node_index i, node_index ancestor) const;
    // "/A/B[2]/@c", "$.a.b[0]", "row 3 column x"; "files row 3 column x" for a row that was moved under another file's.
    std::string place(node_index i) const;

    std::vector<embed_failure> failures;
    std::vector<embed_failure> orphans; // rows of a joined file that belong to no other's

    // Where a path that leads out of its scope led when it was last followed: rows ask it one after the other, from the same
    // node. `number`: path::far.
    struct far_place {
        node_index from{no_node};
        node_index at{no_node};
    };
    far_place& far(std::uint32_t number);
    // The same for a path that is asked for all it leads to.
    struct far_list {
        node_index from{no_node};
        std::vector<node_index> at;
    };
    far_list& far_all(std::uint32_t number);

    // Bindings by depth of nesting: 0 for the root, then one for each scope that is open.
    path_binding& binding(std::size_t depth);

    struct moved_row {
        node_index row{};
        node_index file{};
        std::uint32_t number{};
    };
    // Null for what is no row of a joined file.
    const moved_row* moved(node_index i) const;

private:
    const name_table* names_{};
    document_limits limits_;
    std::vector<node> nodes_;
    std::vector<moved_row> moved_; // by row, when they are ordered
    std::vector<far_place> far_;   // by path
    std::vector<far_list> far_lists_;
    mutable sibling_numbers numbers_;
    std::size_t inflated_{};
    std::size_t may_take_{};
    std::size_t taken_{};
    bool ran_out_{};
    struct chunk {
        std::unique_ptr<char[]> bytes;
        std::size_t size{};
    };
    std::vector<chunk> chunks_;
    std::vector<std::unique_ptr<path_binding>> bindings_;
    std::size_t chunk_{}; // in use
    std::size_t used_{};  // bytes of it
};

} // namespace tongban::dialects
