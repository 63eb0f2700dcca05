#include "core/document/yaml_library.h"

#include "core/runtime/shared_library.h"

namespace mscomm {
namespace {

YamlLibrary load_yaml() {
  const SharedLibrary library("libyaml-0.so.2", {"libyaml", "which reads YAML",
                                                 "install libyaml: apt-get install libyaml-0-2"});
  YamlLibrary yaml;
  library.find("yaml_parser_initialize", yaml.parser_initialize);
  library.find("yaml_parser_delete", yaml.parser_delete);
  library.find("yaml_parser_set_input_string", yaml.parser_set_input_string);
  library.find("yaml_parser_parse", yaml.parser_parse);
  library.find("yaml_event_delete", yaml.event_delete);
  return yaml;
}

}  // namespace

const YamlLibrary& YamlLibrary::get() {
  static const YamlLibrary library = load_yaml();
  return library;
}

}  // namespace mscomm
