"""Glance: as much of it as `openstack server list` asks for."""

from optimus_simcloud.serve.call import Answer, Call, as_json


def versions(call: Call) -> Answer:
    link = {"href": f"{call.world.base_url}/image/v2/", "rel": "self"}
    return as_json({"versions": [{"id": "v2.9", "links": [link], "status": "CURRENT"}]}, 300)


def images(call: Call) -> Answer:
    image = {
        "checksum": "0" * 32,
        "container_format": "bare",
        "disk_format": "qcow2",
        "id": call.world.site.ids.uuid("image"),
        "name": "vnf-base-8.6",
        "owner": call.project_id,
        "schema": "/v2/schemas/image",
        "size": 2147483648,
        "status": "active",
        "visibility": "public",
    }
    return as_json({"images": [image], "schema": "/v2/schemas/images", "first": "/v2/images"})
