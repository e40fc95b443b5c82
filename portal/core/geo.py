def to_wgs84(lat, lng, datum):
    return lat, lng
