#include "core/document/yaml.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/document/json_value.h"
#include "core/document/yaml_library.h"
#include "core/document/yaml_scalar.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLevels = 500;
constexpr std::size_t kMostCopies = 1'000'000;  // of values, by aliases

// Of a scalar: as many values as its text takes the memory of.
std::size_t size_of(std::string_view text) {
  constexpr std::size_t kBytesOfValue = 64;
  return 1 + text.size() / kBytesOfValue;
}

class YamlEvent {
 public:
  YamlEvent() = default;
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;
  ~YamlEvent() { YamlLibrary::get().event_delete(&event_); }

  yaml_event_t* operator->() { return &event_; }
  yaml_event_t* get() { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string_view view_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// Builds a value of what the parser reports about a document.
class YamlBuilder {
 public:
  explicit YamlBuilder(const std::string& title) : title_(title) {}

  [[noreturn]] void refuse(const yaml_mark_t& mark, std::string_view message) const {
    throw Error(Exit::usage,
                fmt::format("{}:{}:{}: {}", title_, mark.line + 1, mark.column + 1, message));
  }

  void scalar(const yaml_event_t& event) {
    const auto& data = event.data.scalar;
    std::string text(reinterpret_cast<const char*>(data.value), data.length);
    const bool is_plain = data.style == YAML_PLAIN_SCALAR_STYLE;
    const auto size = size_of(text);
    if (expects_name()) {
      remember(view_of(data.anchor), Json(text), size, event.start_mark);
      begin_member(std::move(text), is_plain, event.start_mark);
    } else {
      add(scalar_value(std::move(text), view_of(data.tag), is_plain, event.start_mark),
          view_of(data.anchor), size, event.start_mark);
    }
  }

  void alias(const yaml_event_t& event) {
    const auto found = anchors_.find(view_of(event.data.alias.anchor));
    if (found == anchors_.end()) {
      refuse(event.start_mark, fmt::format("there is no anchor {} before this",
                                           in_quotes(view_of(event.data.alias.anchor))));
    }
    const auto& [value, size] = found->second;
    count_copies(size, event.start_mark);
    if (!expects_name()) {
      add(value, {}, size, event.start_mark);
    } else if (value.is_string()) {
      begin_member(value.get<std::string>(), false, event.start_mark);
    } else {
      refuse(event.start_mark, kNameWanted);
    }
  }

  void begin(Json empty, const yaml_char_t* anchor, const yaml_char_t* tag,
             const yaml_mark_t& mark) {
    const auto wanted = fmt::format("tag:yaml.org,2002:{}", empty.is_object() ? "map" : "seq");
    if (expects_name()) {
      refuse(mark, kNameWanted);
    }
    if (tag != nullptr && view_of(tag) != wanted && view_of(tag) != "!") {
      refuse(mark, fmt::format("the tag {} is not known", in_quotes(view_of(tag))));
    }
    if (levels_.size() == kMostLevels) {
      refuse(mark, fmt::format("nested deeper than {} levels", kMostLevels));
    }
    auto& level = levels_.emplace_back();
    level.value = std::move(empty);
    level.anchor = view_of(anchor);
    level.start = mark;
  }

  void end() {
    auto level = std::move(levels_.back());
    levels_.pop_back();
    for (const auto& merged : level.merged) {
      merge(level, merged);
    }
    add(std::move(level.value), level.anchor, level.size, level.start);
  }

  // Aliases may nest deeper than what is written.
  Json take() {
    if (!is_nested_within(root_, kMostLevels)) {
      refuse({}, fmt::format("nested deeper than {} levels", kMostLevels));
    }
    return std::move(root_);
  }

 private:
  static constexpr std::string_view kNameWanted = "the name of a member is not a scalar";

  struct Level {
    Json value;
    std::string anchor;
    yaml_mark_t start{};
    std::size_t size = 1;             // how many values and names are in it
    std::optional<std::string> name;  // of the member whose value comes next
    bool is_merge = false;
    std::unordered_set<std::string> names;
    std::vector<Json> merged;
  };

  [[nodiscard]] bool expects_name() const {
    return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().name;
  }

  void begin_member(std::string name, bool is_plain, const yaml_mark_t& mark) {
    auto& level = levels_.back();
    level.is_merge = is_plain && name == "<<";
    if (!level.is_merge && !level.names.insert(name).second) {
      refuse(mark, fmt::format("the member {} is there twice", in_quotes(name)));
    }
    level.size += size_of(name);
    level.name = std::move(name);
  }

  void add(Json value, std::string_view anchor, std::size_t size, const yaml_mark_t& mark) {
    remember(anchor, value, size, mark);
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& level = levels_.back();
    level.size += size;
    if (level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else if (level.is_merge) {
      add_merged(level, std::move(value), mark);
      level.name.reset();
    } else {
      append_member(level, std::move(*level.name), std::move(value));
      level.name.reset();
    }
  }

  // The name is new: looking for it again would take quadratic time.
  static void append_member(Level& level, std::string name, Json value) {
    level.value.get_ref<Json::object_t&>().emplace_back(std::move(name), std::move(value));
  }

  void add_merged(Level& level, Json value, const yaml_mark_t& mark) const {
    auto list = value.is_array() ? std::move(value) : Json::array({std::move(value)});
    for (auto& each : list) {
      if (!each.is_object()) {
        refuse(mark, "what a merge key (<<) merges is not a mapping");
      }
      level.merged.push_back(std::move(each));
    }
  }

  // What is there already stays.
  static void merge(Level& level, const Json& merged) {
    for (const auto& [name, value] : merged.items()) {
      if (level.names.insert(name).second) {
        append_member(level, name, value);
      }
    }
  }

  void remember(std::string_view anchor, const Json& value, std::size_t size,
                const yaml_mark_t& mark) {
    if (!anchor.empty()) {
      count_copies(size, mark);
      anchors_.insert_or_assign(std::string(anchor), std::pair(value, size));
    }
  }

  void count_copies(std::size_t size, const yaml_mark_t& mark) {
    copies_ += size;
    if (copies_ > kMostCopies) {
      refuse(mark, fmt::format("aliases make more than {} values of it", kMostCopies));
    }
  }

  [[nodiscard]] Json scalar_value(std::string text, std::string_view tag, bool is_plain,
                                  const yaml_mark_t& mark) const {
    static constexpr std::string_view kCore = "tag:yaml.org,2002:";
    static constexpr std::array<std::string_view, 3> kTexts{"str", "timestamp", "binary"};
    if (tag == "!" || (tag.empty() && !is_plain)) {
      return text;
    }
    const auto type = tag.starts_with(kCore) ? tag.substr(kCore.size()) : std::string_view();
    if (std::ranges::find(kTexts, type) != kTexts.end()) {
      return text;
    }
    auto value = plain_scalar(text);
    if (!value) {
      refuse(mark, fmt::format("JSON has no number {}", text));
    }
    if (tag.empty()) {
      return std::move(*value);
    }
    const bool fits =
        (type == "null" && value->is_null()) || (type == "bool" && value->is_boolean()) ||
        (type == "int" && value->is_number_integer()) || (type == "float" && value->is_number());
    if (!fits) {
      refuse(mark, fmt::format("{} is not of the tag {}", in_quotes(text), in_quotes(tag)));
    }
    return std::move(*value);
  }

  const std::string& title_;
  std::vector<Level> levels_;
  std::map<std::string, std::pair<Json, std::size_t>, std::less<>> anchors_;
  std::size_t copies_ = 0;
  Json root_;
};

class YamlReader {
 public:
  YamlReader(std::string_view text, const std::string& title)
      : yaml_(YamlLibrary::get()), builder_(title) {
    if (yaml_.parser_initialize(&parser_) == 0) {
      throw std::bad_alloc();
    }
    yaml_.parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size());
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;
  ~YamlReader() { yaml_.parser_delete(&parser_); }

  Json read() {
    int documents = 0;
    for (;;) {
      YamlEvent event;
      if (yaml_.parser_parse(&parser_, event.get()) == 0) {
        refuse();
      }
      if (event->type == YAML_STREAM_END_EVENT) {
        return builder_.take();
      }
      if (event->type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
        builder_.refuse(event->start_mark, "a second document begins, and one is wanted");
      }
      handle(*event.get());
    }
  }

 private:
  void handle(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        return builder_.scalar(event);
      case YAML_ALIAS_EVENT:
        return builder_.alias(event);
      case YAML_SEQUENCE_START_EVENT:
        return builder_.begin(Json::array(), event.data.sequence_start.anchor,
                              event.data.sequence_start.tag, event.start_mark);
      case YAML_MAPPING_START_EVENT:
        return builder_.begin(Json::object(), event.data.mapping_start.anchor,
                              event.data.mapping_start.tag, event.start_mark);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return builder_.end();
      default:
        return;
    }
  }

  [[noreturn]] void refuse() const {
    if (parser_.error == YAML_MEMORY_ERROR) {
      throw std::bad_alloc();
    }
    const auto* const problem = parser_.problem == nullptr ? "it is not YAML" : parser_.problem;
    // What cannot be decoded has no other place than that of the reader.
    const bool has_mark = parser_.error != YAML_READER_ERROR;
    builder_.refuse(has_mark ? parser_.problem_mark : parser_.mark,
                    parser_.context == nullptr ? std::string(problem)
                                               : fmt::format("{} {}", problem, parser_.context));
  }

  const YamlLibrary& yaml_;
  yaml_parser_t parser_{};
  YamlBuilder builder_;
};

}  // namespace

Json parse_yaml(std::string_view text, const std::string& title) {
  return YamlReader(text, title).read();
}

}  // namespace mscomm
