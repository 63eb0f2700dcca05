// Which parameters keep an OpenAPI description, of 3.0 and of 3.1.

#include <gtest/gtest.h>

#include "unit/contract/openapi_fixture.h"

namespace mscomm {
namespace {

using test::ApiFixture;
using test::ParameterRow;

class OpenApiParameter : public testing::TestWithParam<ParameterRow> {};

TEST_P(OpenApiParameter, IsJudgedByItsStyleAndSchema) { test::expect_judged(GetParam()); }

const std::vector<ParameterRow> parameter_rows{
    // path
    {"PathSimple",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}",
     "GET /a/0",
     {"path parameter id: 0 is less than the minimum 1"}},
    {"PathIsText",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, schema: {type: string, minLength: 3}}",
     "GET /a/12",
     {"path parameter id: \"12\" has 2 characters, fewer than 3"}},
    {"PathIsDecoded",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, schema: {enum: [x/y z]}}",
     "GET /a/x%2Fy%20z",
     {}},
    {"PathArrayIsSplitBeforeItIsDecoded",
     "both",
     "/a/{ids}",
     "{name: ids, in: path, required: true, schema: {type: array, items: {enum: ['1,2', '3']}}}",
     "GET /a/1%2C2,3",
     {}},
    {"PathSimpleObject",
     "both",
     "/a/{o}",
     "{name: o, in: path, required: true, schema: {type: object, properties: {R: {type: integer, "
     "maximum: 9}}}}",
     "GET /a/R,10,G,2",
     {"path parameter o /R: 10 is greater than the maximum 9"}},
    {"PathSimpleObjectExploded",
     "both",
     "/a/{o}",
     "{name: o, in: path, required: true, explode: true, schema: {type: object, required: [R, G], "
     "properties: {R: {type: integer}}}}",
     "GET /a/R=10,B=2",
     {"path parameter o: the member 'G' is missing"}},
    {"PathLabel",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, style: label, schema: {type: integer}}",
     "GET /a/.5",
     {}},
    {"PathLabelArray",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, style: label, schema: {type: array, maxItems: 2, items: "
     "{type: integer}}}",
     "GET /a/.3,4,5",
     {"path parameter id: there are 3 items, more than 2"}},
    {"PathLabelArrayExploded",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, style: label, explode: true, schema: {type: array, "
     "items: {type: integer}, minItems: 3}}",
     "GET /a/.3.4.5",
     {}},
    {"PathMatrix",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, style: matrix, schema: {type: integer}}",
     "GET /a/;id=x",
     {"path parameter id: \"x\" is not an integer"}},
    {"PathMatrixArray",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, style: matrix, schema: {type: array, minItems: 3, "
     "items: {type: integer}}}",
     "GET /a/;id=3,4,5",
     {}},
    {"PathMatrixArrayExploded",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, style: matrix, explode: true, schema: {type: array, "
     "minItems: 3, items: {type: integer}}}",
     "GET /a/;id=3;id=4",
     {"path parameter id: there are 2 items, fewer than 3"}},
    {"PathMatrixObjectExploded",
     "both",
     "/a/{o}",
     "{name: o, in: path, required: true, style: matrix, explode: true, schema: {type: object, "
     "properties: {R: {type: integer}}}}",
     "GET /a/;R=x;G=1",
     {"path parameter o /R: \"x\" is not an integer"}},
    // query
    {"QueryRequired",
     "both",
     "/a",
     "{name: q, in: query, required: true, schema: {}}",
     "GET /a",
     {"query parameter q is required"}},
    {"QueryOptional", "both", "/a", "{name: q, in: query, schema: {type: integer}}", "GET /a", {}},
    {"QueryUnknownIsNoError", "both", "/a", "{name: q, in: query, schema: {}}", "GET /a?x=1", {}},
    {"QueryBoolean",
     "both",
     "/a",
     "{name: q, in: query, schema: {type: boolean}}",
     "GET /a?q=yes",
     {"query parameter q: \"yes\" is not a boolean"}},
    {"QueryPlusIsASpace",
     "both",
     "/a",
     "{name: q, in: query, schema: {enum: [a b]}}",
     "GET /a?q=a+b",
     {}},
    {"QueryTwiceThoughNoArray",
     "both",
     "/a",
     "{name: q, in: query, schema: {type: string}}",
     "GET /a?q=a&q=b",
     {"query parameter q is there 2 times, and is not an array"}},
    {"QueryTwiceThoughAllBelongsIntoOne",
     "both",
     "/a",
     "{name: q, in: query, explode: false, schema: {type: array, items: {type: integer}}}",
     "GET /a?q=1&q=x",
     {"query parameter q is there 2 times, and all of it belongs into one"}},
    {"QueryTwiceOfAnyKind", "both", "/a", "{name: q, in: query, schema: {}}", "GET /a?q=1&q=2", {}},
    {"QueryContentTwice",
     "both",
     "/a",
     "{name: q, in: query, content: {application/json: {}}}",
     "GET /a?q=1&q={",
     {"query parameter q is there 2 times, and all of it belongs into one"}},
    {"QueryEmptyAllowed",
     "both",
     "/a",
     "{name: q, in: query, allowEmptyValue: true, schema: {type: integer}}",
     "GET /a?q=",
     {}},
    {"QueryEmptyAllowedThoughNothingElse",
     "both",
     "/a",
     "{name: q, in: query, allowEmptyValue: true, schema: {type: integer}}",
     "GET /a?q=x",
     {"query parameter q: \"x\" is not an integer"}},
    {"QueryEmptyNotAllowed",
     "both",
     "/a",
     "{name: q, in: query, schema: {type: integer}}",
     "GET /a?q",
     {"query parameter q: \"\" is not an integer"}},
    {"FormArrayExplodes",
     "both",
     "/a",
     "{name: q, in: query, schema: {type: array, items: {type: integer}}}",
     "GET /a?q=1&q=x",
     {"query parameter q /1: \"x\" is not an integer"}},
    {"FormArrayWithCommas",
     "both",
     "/a",
     "{name: q, in: query, explode: false, schema: {type: array, maxItems: 2, items: {type: "
     "integer}}}",
     "GET /a?q=1,2,3",
     {"query parameter q: there are 3 items, more than 2"}},
    {"FormObjectExplodes",
     "both",
     "/a",
     "{name: o, in: query, schema: {type: object, required: [R, G], properties: {R: {type: "
     "integer}, G: {type: integer}}}}",
     "GET /a?R=x&B=1",
     {"query parameter o: the member 'G' is missing",
      "query parameter o /R: \"x\" is not an integer"}},
    {"FormObjectWithCommas",
     "both",
     "/a",
     "{name: o, in: query, explode: false, schema: {type: object, properties: {R: {type: "
     "integer}}}}",
     "GET /a?o=R,x,G,2",
     {"query parameter o /R: \"x\" is not an integer"}},
    {"SpaceDelimited",
     "both",
     "/a",
     "{name: q, in: query, style: spaceDelimited, explode: false, schema: {type: array, items: "
     "{type: integer}}}",
     "GET /a?q=1%202+x",
     {"query parameter q /2: \"x\" is not an integer"}},
    {"PipeDelimited",
     "both",
     "/a",
     "{name: q, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: "
     "{type: integer}}}",
     "GET /a?q=1|2%7Cx",
     {"query parameter q /2: \"x\" is not an integer"}},
    {"QueryContent",
     "both",
     "/a",
     "{name: q, in: query, content: {application/json: {schema: {type: object, required: [n]}}}}",
     "GET /a?q=%7B%22m%22:1%7D",
     {"query parameter q: the member 'n' is missing"}},
    {"QueryContentIsNotJson",
     "both",
     "/a",
     "{name: q, in: query, content: {application/json: {}}}",
     "GET /a?q=%7B",
     {"query parameter q is not JSON"}},
    // headers and cookies
    {"HeaderRequired",
     "both",
     "/a",
     "{name: X-A, in: header, required: true, schema: {}}",
     "GET /a",
     {"header parameter X-A is required"}},
    {"HeaderInAnyCase",
     "both",
     "/a",
     "{name: X-A, in: header, required: true, schema: {type: integer}}",
     "GET /a\nx-a: 5",
     {}},
    {"HeaderArray",
     "both",
     "/a",
     "{name: X-A, in: header, schema: {type: array, items: {type: integer}}}",
     "GET /a\nX-A: 1, 2\nX-A: x",
     {"header parameter X-A /2: \"x\" is not an integer"}},
    {"HeaderObjectExploded",
     "both",
     "/a",
     "{name: X-A, in: header, explode: true, schema: {type: object, properties: {R: {type: "
     "integer}}}}",
     "GET /a\nX-A: R=x,G=1",
     {"header parameter X-A /R: \"x\" is not an integer"}},
    {"HeadersWithOtherMeansAreIgnored",
     "both",
     "/a",
     "{name: Accept, in: header, required: true, schema: {type: integer}}, {name: authorization, "
     "in: header, required: true, schema: {}}, {name: Content-Type, in: header, required: true, "
     "schema: {}}",
     "GET /a",
     {}},
    {"HeadersThatTheClientAddsAreNotMissed",
     "both",
     "/a",
     "{name: Host, in: header, required: true, schema: {}}, {name: accept-encoding, in: header, "
     "required: true, schema: {}}, {name: Content-Length, in: header, required: true, schema: "
     "{type: integer, maximum: 1}}",
     "GET /a\nContent-Length: 2",
     {"header parameter Content-Length: 2 is greater than the maximum 1"}},
    {"SameNameInAnotherPlace",
     "both",
     "/a",
     "{name: q, in: query, schema: {}}, {name: q, in: header, required: true, schema: {}}",
     "GET /a?q=1",
     {"header parameter q is required"}},
    {"CookieRequired",
     "both",
     "/a",
     "{name: sid, in: cookie, required: true, schema: {}}",
     "GET /a\nCookie: other=1",
     {"cookie parameter sid is required"}},
    {"CookieSchema",
     "both",
     "/a",
     "{name: sid, in: cookie, schema: {type: integer}}",
     "GET /a\nCookie: a=1; sid=x",
     {"cookie parameter sid violates its schema; its value is a secret and not shown"}},
    {"AllAreTold",
     "both",
     "/a/{id}",
     "{name: id, in: path, required: true, schema: {type: integer}}, {name: q, in: query, "
     "required: true, schema: {}}, {name: X-A, in: header, required: true, schema: {}}",
     "GET /a/x",
     {"path parameter id: \"x\" is not an integer", "query parameter q is required",
      "header parameter X-A is required"}},
};

INSTANTIATE_TEST_SUITE_P(All, OpenApiParameter, testing::ValuesIn(parameter_rows),
                         [](const auto& row) { return test::name_of_row(row); });

TEST(OpenApiParameters, OfTheOperationReplaceThoseOfThePath) {
  const ApiFixture api("3.0.3", R"(
paths:
  /a:
    parameters:
      - {name: q, in: query, required: true, schema: {type: integer}}
      - {name: X-A, in: header, required: true, schema: {}}
    get:
      parameters:
        - {name: q, in: query, schema: {type: string}}
      responses: {200: {description: a}}
)");
  EXPECT_THAT(api.of_request("GET /a?q=text"),
              testing::ElementsAre("header parameter X-A is required (#/paths/~1a/parameters/1)"));
}

TEST(OpenApiParameters, HaveAPlaceInTheDescription) {
  const ApiFixture api("3.1.0", R"(
paths: {/a: {get: {parameters: [{$ref: '#/components/parameters/Q'}]}}}
components:
  parameters: {Q: {name: q, in: query, schema: {$ref: '#/components/schemas/N'}}}
  schemas: {N: {type: integer}}
)");
  EXPECT_THAT(api.of_request("GET /a?q=x"),
              testing::ElementsAre(
                  "query parameter q: \"x\" is not an integer (#/components/schemas/N/type)"));
}

TEST(OpenApiParameters, ThatAreNotUtf8AreShownHarmlessly) {
  const ApiFixture api("3.0.3",
                       "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {type: "
                       "integer}}], responses: {200: {description: a}}}}}");
  EXPECT_THAT(test::without_places(api.of_request("GET /a?q=%FF%1B%5B")),
              testing::ElementsAre("query parameter q: \"\\\\xff\\\\x1b[\" is not an integer"));
}

}  // namespace
}  // namespace mscomm
