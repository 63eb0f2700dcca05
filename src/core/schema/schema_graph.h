#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/schema/schema_node.h"

namespace mscomm {

/// Which compiled schemas apply which. It finds those that apply themselves to the same value, by
/// `$ref`, allOf and the like: judging by them would never end (2020-12 core section 9.4.1).
class SchemaGraph {
 public:
  /// `keyword` of `from` applies `to`. `anchor` names the `$dynamicAnchor` that a `$dynamicRef`
  /// looks for; else it is empty.
  void add(const SchemaNode& from, const SchemaNode& to, std::string_view keyword,
           std::string anchor);

  /// Throws Error{usage} that begins with `title` and the place of a schema that is reached from
  /// `root` and applies itself without end, or through more schemas than validation can nest.
  void refuse_endless(const SchemaNode& root, const std::string& title);

 private:
  struct Edge {
    const SchemaNode* to;
    bool is_in_place;  // the same value, not one of its members or items
    std::string anchor;
  };
  // A schema, and the number of what `$dynamicRef`s mean on the way to it.
  using Visited = std::pair<const SchemaNode*, std::size_t>;
  struct Step {
    Visited visited;
    std::size_t next = 0;     // the edge to follow
    std::size_t longest = 0;  // chain of schemas in place, from here
  };
  enum class Mark { open, done };

  void follow(const Visited& start, const std::string& title);
  void take_edge(Step& step, const std::string& title);
  Visited target(const Visited& from, const Edge& edge);
  std::size_t meanings_in(const SchemaNode& node, std::size_t outer);
  [[noreturn]] void refuse_circle(const Visited& start, const std::string& title) const;

  std::unordered_map<const SchemaNode*, std::vector<Edge>> edges_;
  std::map<Visited, std::pair<Mark, std::size_t>> marks_;  // with the longest chain of the done
  std::vector<DynamicAnchors> meanings_;
  std::map<std::pair<std::size_t, const DynamicAnchors*>, std::size_t> inner_meanings_;
  std::vector<Visited> starts_;
  std::vector<Step> steps_;
};

}  // namespace mscomm
