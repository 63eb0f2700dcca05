#include "core/schema/schema_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

// Far from what validation can nest, so that values have room, and from what people write.
constexpr std::size_t kLongestChain = 1000;
// With many dynamic anchors their meanings multiply; the rest is then left to validation.
constexpr std::size_t kMostMeanings = 1000;

bool applies_in_place(std::string_view keyword) {
  static constexpr std::array<std::string_view, 11> kInPlace{
      "$ref", "$dynamicRef",      "allOf",       "anyOf", "oneOf", "not", "if", "then",
      "else", "dependentSchemas", "dependencies"};
  return std::ranges::find(kInPlace, keyword) != kInPlace.end();
}

}  // namespace

void SchemaGraph::add(const SchemaNode& from, const SchemaNode& to, std::string_view keyword,
                      std::string anchor) {
  edges_[&from].push_back({&to, applies_in_place(keyword), std::move(anchor)});
}

void SchemaGraph::refuse_endless(const SchemaNode& root, const std::string& title) {
  meanings_.emplace_back();
  starts_.emplace_back(&root, meanings_in(root, 0));
  while (!starts_.empty()) {
    const auto start = starts_.back();
    starts_.pop_back();
    if (!marks_.contains(start)) {
      follow(start, title);
    }
  }
}

// Depth first, without recursion: chains of references may have any length.
void SchemaGraph::follow(const Visited& start, const std::string& title) {
  steps_.push_back({start});
  marks_[start] = {Mark::open, 0};
  while (!steps_.empty()) {
    auto& step = steps_.back();
    if (step.next < edges_[step.visited.first].size()) {
      take_edge(step, title);
      continue;
    }
    const auto longest = step.longest + 1;
    if (longest > kLongestChain) {
      throw Error(Exit::usage,
                  fmt::format("{}: {}: more than {} schemas refer to each other in a row", title,
                              step.visited.first->location, kLongestChain));
    }
    marks_[step.visited] = {Mark::done, longest};
    steps_.pop_back();
    if (!steps_.empty()) {
      steps_.back().longest = std::max(steps_.back().longest, longest);
    }
  }
}

void SchemaGraph::take_edge(Step& step, const std::string& title) {
  const auto& edge = edges_[step.visited.first][step.next++];
  const auto next = target(step.visited, edge);
  if (!edges_.contains(next.first)) {
    step.longest = std::max<std::size_t>(step.longest, edge.is_in_place ? 1 : 0);
    return;
  }
  if (!edge.is_in_place) {
    starts_.push_back(next);
    return;
  }
  const auto [known, is_new] = marks_.try_emplace(next, Mark::open, 0);
  if (is_new) {
    steps_.push_back({next});
  } else if (known->second.first == Mark::open) {
    refuse_circle(next, title);
  } else {
    step.longest = std::max(step.longest, known->second.second);
  }
}

SchemaGraph::Visited SchemaGraph::target(const Visited& from, const Edge& edge) {
  const auto* node = edge.to;
  const auto& meanings = meanings_[from.second];
  if (const auto found = meanings.find(edge.anchor);
      !edge.anchor.empty() && found != meanings.end()) {
    node = found->second;
  }
  return {node, meanings_in(*node, from.second)};
}

// The outermost resource with an anchor decides (2020-12 core section 8.2.3.2).
std::size_t SchemaGraph::meanings_in(const SchemaNode& node, std::size_t outer) {
  const auto [known, is_new] = inner_meanings_.try_emplace({outer, node.resource}, outer);
  if (is_new) {
    auto inner = meanings_[outer];
    inner.insert(node.resource->begin(), node.resource->end());
    const auto same = std::ranges::find(meanings_, inner);
    if (same == meanings_.end() && meanings_.size() < kMostMeanings) {
      known->second = meanings_.size();
      meanings_.push_back(std::move(inner));
    } else if (same != meanings_.end()) {
      known->second = static_cast<std::size_t>(same - meanings_.begin());
    }
  }
  return known->second;
}

void SchemaGraph::refuse_circle(const Visited& start, const std::string& title) const {
  constexpr std::size_t kMostShown = 5;
  const auto is_start = [&](const Step& step) { return step.visited == start; };
  std::string way;
  std::size_t shown = 0;
  for (auto step = std::ranges::find_if(steps_, is_start) + 1; step < steps_.end(); ++step) {
    if (++shown > kMostShown) {
      way += fmt::format(" and {} more", steps_.end() - step);
      break;
    }
    way += fmt::format("{}{}", way.empty() ? ", by " : ", ", step->visited.first->location);
  }
  throw Error(Exit::usage,
              fmt::format("{}: {}: the schema refers to itself without end{}", title,
                          start.first->location, way),
              "below 'properties' or 'items' a schema may refer to itself; one whose oneOf lists "
              "those that have it in their allOf may not");
}

}  // namespace mscomm
